import { z } from "zod";
import { extend } from "../../ends/extend.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { extendedMessage } from "../views/extended.ts";

export const containerExtend = defineCommand({
  name: "container-extend",
  summary: "Let a container run longer: 4 hours, or as many as you say",
  for: "members",
  changes: true,
  args: z.object({
    project: z.string(),
    hours: z.coerce.number({ error: "The hours must be a number, such as 4 or 0.5." }).optional(),
  }),
  byPlace: ["project", "hours"],
  examples: ["/container-extend vision", "/container-extend vision 8"],
  async run({ world, caller, args: { project, hours }, requestId }) {
    const by = active(caller.member);
    return onlyToCaller(extendedMessage(await extend(world, { by, which: { project }, hours, requestId })));
  },
});
