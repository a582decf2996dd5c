import { z } from "zod";
import { imageNamed, imagesOf, imagesSharedTo } from "../../images/list.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { imageList, imagePage } from "../views/image.ts";

/** With a tag it answers what that was made of and held, whatever the image has become since. */
export const listImages = defineCommand({
  name: "image-list",
  summary: "Your images and those shared with you: what is in them, their tags, who uses them",
  for: "members",
  args: z.object({ project: z.string().optional() }),
  byPlace: ["project"],
  examples: ["/image-list", "/image-list vision", "/image-list vision:experiment-42"],
  async run({ world, caller, args }) {
    const by = active(caller.member);
    if (args.project === undefined) {
      const [own, shared] = await Promise.all([imagesOf(world, by), imagesSharedTo(world, by)]);
      return onlyToCaller(imageList(own, shared));
    }
    const { view, tag, build, recipe } = await imageNamed(world, { by, text: args.project });
    return onlyToCaller(
      imagePage(view, { tag, build, recipe: recipe.recipe, isOwn: view.owner.id === by.id }),
    );
  },
});
