import { Refusal } from "../errors.ts";
import type { Image } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { BuildView } from "../ledger/queries/builds.ts";
import {
  imageByName,
  imagesOfMember,
  insertImage,
  insertRecipe,
  newestRecipe,
  updateImageRow,
} from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { limitsOf } from "../policy/policy.ts";
import { counted, listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { askBuild, askedBefore } from "./ask-build.ts";
import { checkImageName } from "./names.ts";
import { type ImageWish, recipeFrom } from "./recipe.ts";

export type CreateImage = {
  by: ActiveMember;
  /** Made once by whoever asks; the same id again finds the same build. */
  requestId: string;
  name: string;
  wish: ImageWish;
};

/**
 * A new image of the caller's, and its first build in the queue. A name that was deleted comes back to life with a new
 * version of what it is made of. Throws a Refusal that a person can act on, with all that is wrong at its fields
 * (`name`, and those of `recipeFrom`); then nothing was written.
 */
export async function createImage(world: World, request: CreateImage): Promise<BuildView> {
  return world.ledger.transaction((tx) => createImageIn(tx, world, request));
}

/** The same inside a transaction that does more. */
export async function createImageIn(
  tx: Tx,
  world: World,
  { by, requestId, name, wish }: CreateImage,
): Promise<BuildView> {
  const before = await askedBefore(tx, by, requestId);
  if (before) return before;
  checkImageName(name);
  const [known, own] = await Promise.all([imageByName(tx, by.id, name), imagesOfMember(tx, by.id)]);
  if (known && known.deletedAt === null) throw nameTaken(known);
  refuseTooMany(world, by, own);
  const recipe = recipeFrom(world.policy, world.catalogue, wish);

  const at = world.clock.now();
  const image = known
    ? await updateImageRow(tx, known.id, { deletedAt: null, latestBuildId: null })
    : await insertImage(tx, { memberId: by.id, name, createdAt: at });
  const version = known ? ((await newestRecipe(tx, known.id))?.version ?? 0) + 1 : 1;
  const row = await insertRecipe(tx, { imageId: image.id, version, recipe, createdAt: at });
  return askBuild(tx, world, {
    by,
    requestId,
    image,
    recipe: row,
    because: `${by.handle} asked for the image ${name}.`,
    evidence: { images: own.length, wish: { base: recipe.base, sets: wish.sets } },
  });
}

function nameTaken(image: Image): Refusal {
  return new Refusal("image-exists", `You have an image called “${image.name}” already.`, {
    field: "name",
    hint: "Change that one, or take another name.",
    offers: [
      { kind: "update-image", imageId: image.id },
      { kind: "show-image", imageId: image.id },
    ],
  });
}

function refuseTooMany(world: World, by: ActiveMember, own: readonly Image[]): void {
  const most = limitsOf(world.policy, by.group).max_images;
  if (most === null || own.length < most) return;
  const names = listed(own.slice(0, 10).map((image) => image.name));
  throw new Refusal(
    "too-many-images",
    own.length === 0
      ? "Your group makes no images of its own."
      : `You have ${counted(own.length, "image")}, the most you may have: ${names}.`,
    {
      hint:
        own.length === 0
          ? "Deploy one that is there; /container-deploy shows them."
          : "Delete one that you no longer need with /image-delete, or change one of them.",
    },
  );
}
