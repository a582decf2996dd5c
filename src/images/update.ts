import { isDeepStrictEqual } from "node:util";
import { Refusal } from "../errors.ts";
import type { Image } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { BuildView } from "../ledger/queries/builds.ts";
import { comingBuilds, imageById, insertRecipe, newestRecipe } from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { askBuild, askedBefore, refuseIfFull, refuseThird } from "./ask-build.ts";
import { recipeDifference } from "./difference.ts";
import { refuseOverStorage } from "./disk/limits.ts";
import { type ImageWish, recipeFrom } from "./recipe.ts";

export type UpdateImage = { by: ActiveMember; requestId: string; imageId: number; wish: ImageWish };

/**
 * A new version of what an image of the caller's is made of, and its build in the queue. `latest` stays what it is until
 * that is ready. Refused if nothing would change: `buildAgain` is for that. Throws a Refusal as `createImage` does.
 */
export async function updateImage(
  world: World,
  { by, requestId, imageId, wish }: UpdateImage,
): Promise<BuildView> {
  await refuseIfFull(world);
  return world.ledger.transaction(async (tx) => {
    const before = await askedBefore(tx, by, requestId);
    if (before) return before;
    const image = await ownImage(tx, by, imageId);
    const [newest, coming] = await Promise.all([newestRecipe(tx, image.id), comingBuilds(tx, image.id)]);
    refuseThird(image, coming);
    await refuseOverStorage(tx, world, by, "build");
    const recipe = recipeFrom(world.policy, world.catalogue, wish);
    if (newest && isDeepStrictEqual(newest.recipe, recipe)) throw nothingChanged(image);
    const row = await insertRecipe(tx, {
      imageId: image.id,
      version: (newest?.version ?? 0) + 1,
      recipe,
      createdAt: world.clock.now(),
    });
    return askBuild(tx, world, {
      by,
      requestId,
      image,
      recipe: row,
      because: `${by.handle} changed what the image ${image.name} is made of.`,
      evidence: newest ? recipeDifference(newest.recipe, recipe) : {},
    });
  });
}

/** The same recipe once more: what it names may be newer by now, or the last build failed for a passing reason. */
export async function buildAgain(
  world: World,
  { by, requestId, imageId }: Omit<UpdateImage, "wish">,
): Promise<BuildView> {
  await refuseIfFull(world);
  return world.ledger.transaction(async (tx) => {
    const before = await askedBefore(tx, by, requestId);
    if (before) return before;
    const image = await ownImage(tx, by, imageId);
    const [recipe, coming] = await Promise.all([newestRecipe(tx, image.id), comingBuilds(tx, image.id)]);
    if (!recipe) throw new Error(`image ${image.id} has no recipe`);
    refuseThird(image, coming);
    await refuseOverStorage(tx, world, by, "build");
    const because = `${by.handle} asked to build the image ${image.name} again.`;
    return askBuild(tx, world, { by, requestId, image, recipe, because });
  });
}

/** By the id a button carried: a hint, checked here. Somebody else's is answered as if it did not exist. */
export async function ownImage(tx: Tx, by: ActiveMember, imageId: number): Promise<Image> {
  const image = await imageById(tx, imageId);
  if (image?.memberId === by.id && image.deletedAt === null) return image;
  const isDeleted = image?.memberId === by.id;
  throw new Refusal(
    "no-image",
    isDeleted ? `“${image.name}” was deleted.` : "That image is no longer there.",
    {
      hint: isDeleted ? "Make it again under the same name." : "/image-list shows yours.",
      offers: isDeleted ? [{ kind: "create-image", name: image.name }] : [],
    },
  );
}

function nothingChanged(image: Image): Refusal {
  return new Refusal("nothing-changed", `Nothing would change: “${image.name}” is made of exactly that.`, {
    hint: "To get newer versions of what it names, build it again.",
    offers: [{ kind: "show-image", imageId: image.id }],
  });
}
