import { z } from "zod";
import { onlyToCaller } from "../answer.ts";
import { boardNow } from "../board-now.ts";
import { defineCommand } from "../define-command.ts";

export const gpuStatus = defineCommand({
  name: "gpu-status",
  summary: "Every GPU: who has it, since when, how busy it is, until when; and who waits",
  for: "anyone",
  args: z.object({}),
  byPlace: [],
  examples: ["/gpu-status"],
  run: async ({ world }) => onlyToCaller(await boardNow(world)),
});
