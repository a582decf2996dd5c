import { z } from "zod";
import { imageNamed, imagesOf } from "../../images/list.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { openImage } from "../forms/image.ts";
import { ownOnly } from "../own-image.ts";
import { imageList } from "../views/image.ts";

export const imageUpdate = defineCommand({
  name: "image-update",
  summary: "Change what an image is made of and build it again; see the difference before",
  for: "members",
  args: z.object({ project: z.string().optional() }),
  byPlace: ["project"],
  examples: ["/image-update vision"],
  async run({ world, caller, args }) {
    const by = active(caller.member);
    if (args.project !== undefined)
      return openImage(ownOnly(by, (await imageNamed(world, { by, text: args.project })).view));
    const own = await imagesOf(world, by);
    const [only, ...others] = own;
    return only && others.length === 0 ? openImage(only) : onlyToCaller(imageList(own, []));
  },
});
