import { z } from "zod";
import { stop } from "../../containers/stop.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { ended } from "../views/ended.ts";

export const containerStop = defineCommand({
  name: "container-stop",
  summary: "Stop a container and keep its files; its GPU stays yours for a while",
  for: "members",
  changes: true,
  args: z.object({ project: z.string() }),
  byPlace: ["project"],
  examples: ["/container-stop vision"],
  async run({ world, caller, args }) {
    return onlyToCaller(
      ended(await stop(world, { by: active(caller.member), which: { project: args.project } })),
    );
  },
});
