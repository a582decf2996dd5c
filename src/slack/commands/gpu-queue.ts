import { z } from "zod";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { queueNow } from "../queue-now.ts";

export const gpuQueue = defineCommand({
  name: "gpu-queue",
  summary: "Your place in the line, when it may be your turn, and what could start now instead",
  for: "members",
  args: z.object({}),
  byPlace: [],
  examples: ["/gpu-queue"],
  run: async ({ world, caller }) => onlyToCaller(await queueNow(world, active(caller.member))),
});
