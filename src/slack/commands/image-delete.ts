import { z } from "zod";
import { Refusal } from "../../errors.ts";
import { type Deleting, type Deletion, whatDeletes } from "../../images/delete.ts";
import { imageNamed } from "../../images/list.ts";
import type { World } from "../../world.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { ownOnly } from "../own-image.ts";
import { deleteQuestion, oldBuildsQuestion } from "../views/image-said.ts";

/** Answers with a button whose question names the loss: a word typed by mistake destroys nothing. */
export const imageDelete = defineCommand({
  name: "image-delete",
  summary: "Delete an image, one of its tags or its old builds; see how much disk that frees",
  for: "members",
  args: z.object({ project: z.string() }),
  byPlace: ["project"],
  examples: ["/image-delete vision", "/image-delete vision:experiment-42"],
  async run({ world, caller, args }) {
    const by = active(caller.member);
    const { view, tag } = await imageNamed(world, { by, text: args.project });
    const { name } = ownOnly(by, view).image;
    if (tag !== undefined) {
      const deletion = await whatDeletes(world, { by, name, what: { tag } });
      return onlyToCaller(deleteQuestion(deletion, { what: "tag", tag }, undefined));
    }
    const old = await deletable(world, { by, name, what: "old-builds" });
    const whole = await deletable(world, { by, name, what: "image" });
    if (!(whole instanceof Refusal))
      return onlyToCaller(deleteQuestion(whole, { what: "image" }, old instanceof Refusal ? undefined : old));
    if (old instanceof Refusal) throw whole;
    return onlyToCaller(oldBuildsQuestion(old, [whole.message, whole.hint].filter(Boolean).join(" ")));
  },
});

async function deletable(world: World, deleting: Deleting): Promise<Deletion | Refusal> {
  return whatDeletes(world, deleting).catch((error: unknown) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
}
