import { Refusal, refuseAny } from "../errors.ts";
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
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { limitsOf } from "../policy/policy.ts";
import { counted, listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { askBuild, askedBefore, refuseIfFull } from "./ask-build.ts";
import { refuseOverStorage } from "./disk/limits.ts";
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
  await refuseIfFull(world);
  return world.ledger.transaction((tx) => createImageIn(tx, world, request));
}

/** The same inside a transaction that does more; `refuseIfFull` comes before that. */
export async function createImageIn(
  tx: Tx,
  world: World,
  { by, requestId, name, wish }: CreateImage,
): Promise<BuildView> {
  const before = await askedBefore(tx, by, requestId);
  if (before) return before;
  const [known, own, overrides] = await Promise.all([
    imageByName(tx, by.id, name),
    imagesOfMember(tx, by.id),
    openOverrides(tx, by.id),
  ]);
  const limits = limitsOf(world.policy, by, overrides, world.clock.now());
  const recipe = judged(() => recipeFrom(world.policy, world.catalogue, wish));
  const refusals = [
    judged(() => checkImageName(name)),
    known && known.deletedAt === null ? nameTaken(known) : tooMany(limits.max_images, own),
    recipe,
  ].filter((one) => one instanceof Refusal);
  refuseAny(refusals.flatMap((one) => [one, ...one.also]));
  if (recipe instanceof Refusal) throw recipe;
  await refuseOverStorage(tx, world, by, "build");

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

/** What it gives, or the Refusal it throws, to be shown beside others. */
function judged<T>(judge: () => T): T | Refusal {
  try {
    return judge();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function tooMany(most: number | null, own: readonly Image[]): Refusal | undefined {
  if (most === null || own.length < most) return undefined;
  const names = listed(own.slice(0, 10).map((image) => image.name));
  return new Refusal(
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
