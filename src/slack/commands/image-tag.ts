import { z } from "zod";
import { tagImage } from "../../images/tag.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { imageTagged } from "../views/image-said.ts";

export const imageTag = defineCommand({
  name: "image-tag",
  summary: "Keep an image as it is now under a name, for ever: for an experiment",
  for: "members",
  changes: true,
  args: z.object({ project: z.string(), tag: z.string() }),
  byPlace: ["project", "tag"],
  examples: ["/image-tag vision experiment-42"],
  async run({ world, caller, args }) {
    const by = active(caller.member);
    const { view, tag, build } = await tagImage(world, { by, name: args.project, tag: args.tag });
    return onlyToCaller(imageTagged(view, tag, build));
  },
});
