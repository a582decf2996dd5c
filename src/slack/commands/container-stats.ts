import { z } from "zod";
import { onlyToCaller } from "../answer.ts";
import { defineCommand } from "../define-command.ts";
import { statsNow } from "../stats-now.ts";

export const containerStats = defineCommand({
  name: "container-stats",
  summary: "CPU, memory, GPU memory and use of a container: now, and a picture of the last hours",
  for: "anyone",
  args: z.object({ project: z.string() }),
  byPlace: ["project"],
  examples: ["/container-stats vision"],
  run: async ({ args, ...call }) => onlyToCaller(await statsNow(call, args.project)),
});
