import { parsePublicKey } from "../access/keys.ts";
import { Refusal, refuseAny } from "../errors.ts";
import { refuseIfFull } from "../images/ask-build.ts";
import type { ImageWish } from "../images/recipe.ts";
import { ownImage } from "../images/update.ts";
import { wishOfRecipe } from "../images/wish-of-recipe.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { newestRecipe } from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { addKeyIn, publishKeys } from "../members/keys.ts";
import type { World } from "../world.ts";
import { type DeployRequest, deployIn, makesImage } from "./deploy.ts";
import { checkProjectName } from "./names.ts";

export type FromNothing = DeployRequest & {
  /** The public half of an SSH key: added first. */
  key?: string;
  /** An image of the member's: a new one under the project's name is made of the same. */
  like?: { imageId: number };
};

/**
 * Key, image and container in one go: all of it is committed, or, with a Refusal, nothing. At return the container is
 * what `deploy` makes of it, or `waiting` for its image, whose build is in the queue. The same request again finds the same.
 */
export async function deployFromNothing(world: World, request: FromNothing): Promise<ContainerView> {
  const { key, like, ...asked } = request;
  refuseAny([
    ...refusalOf(() => checkProjectName(request.project)),
    ...refusalOf(() => (key === undefined ? undefined : parsePublicKey(key))),
  ]);
  if (like !== undefined || makesImage(asked)) await refuseIfFull(world);
  const view = await world.ledger.transaction(async (tx) => {
    if (key !== undefined) await addKeyIn(tx, world, { member: request.by, text: key });
    if (like === undefined) return deployIn(tx, world, asked);
    return deployIn(tx, world, { ...asked, newImage: await sameAs(tx, world, request.by, like.imageId) });
  });
  if (key !== undefined) await publishKeys(world, request.by.id);
  return view;
}

async function sameAs(tx: Tx, world: World, by: ActiveMember, imageId: number): Promise<ImageWish> {
  const image = await ownImage(tx, by, imageId);
  const row = await newestRecipe(tx, image.id);
  if (!row) throw new Error(`image ${image.id} has no recipe`);
  return wishOfRecipe(world.policy, row.recipe);
}

function refusalOf(check: () => unknown): Refusal[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof Refusal) return [error];
    throw error;
  }
}
