import { z } from "zod";
import { gpuOverview } from "../../gpu/overview.ts";
import { onlyToCaller } from "../answer.ts";
import { defineCommand } from "../define-command.ts";
import { board } from "../views/board.ts";

export const gpuStatus = defineCommand({
  name: "gpu-status",
  summary: "Every GPU: who has it, since when, how busy it is, until when; and who waits",
  for: "anyone",
  args: z.object({}),
  byPlace: [],
  examples: ["/gpu-status"],
  run: async ({ world }) => onlyToCaller(board(await gpuOverview(world), world.policy.board_names)),
});
