import { z } from "zod";
import { limitsAndUse } from "../../members/limits.ts";
import { onlyToCaller } from "../answer.ts";
import { defineCommand } from "../define-command.ts";
import { limitsMessage } from "../views/limits.ts";

export const limits = defineCommand({
  name: "limits",
  summary: "What you may have, and what of it you use",
  for: "anyone",
  args: z.object({}),
  byPlace: [],
  examples: ["/limits"],
  run: async ({ world, caller }) =>
    onlyToCaller(limitsMessage(await limitsAndUse(world, caller.member), caller.member.group)),
});
