import { Refusal } from "../errors.ts";
import type { Build, RecipeRow } from "../ledger/image-tables.ts";
import { buildView } from "../ledger/queries/builds.ts";
import { type ImageView, imageViews } from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import type { World } from "../world.ts";

/** A build that somebody may look at, with the image it is of. */
export type ShownBuild = { view: ImageView; build: Build; recipe: RecipeRow; isOwn: boolean };

/**
 * By the id a button carried: the caller's own, or of an image that is shared with them now. Throws a Refusal as if any
 * other did not exist. `onlyOwn`: what is shared does not count.
 */
export async function imageOfBuild(
  world: World,
  { by, buildId, onlyOwn }: { by: ActiveMember; buildId: number; onlyOwn?: boolean },
): Promise<ShownBuild> {
  return world.ledger.read(async (tx) => {
    const found = await buildView(tx, buildId);
    const [view] = found ? await imageViews(tx, [found.image.id]) : [];
    const isOwn = found?.owner.id === by.id;
    const isShared = view?.sharedWith.some((member) => member.id === by.id) && view.image.deletedAt === null;
    const recipe = view?.recipes.find((row) => row.id === found?.build.recipeId);
    if (!found || !view || !recipe || !(isOwn || (isShared && onlyOwn !== true)))
      throw new Refusal("no-build", "That image is no longer there.", { hint: "/image-list shows yours." });
    return { view, build: found.build, recipe, isOwn };
  });
}
