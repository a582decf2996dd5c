import { Refusal } from "../errors.ts";
import type { Build, RecipeRow } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import {
  type ImageView,
  imagesOfMember,
  imagesSharedWith,
  imageViews,
  namedBuild,
} from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { readImageName, writeImageName } from "./names.ts";
import { ownImage } from "./update.ts";

/** The member's images, by name. */
export async function imagesOf(world: World, by: ActiveMember): Promise<ImageView[]> {
  return world.ledger.read(async (tx) => {
    const own = await imagesOfMember(tx, by.id);
    return imageViews(
      tx,
      own.map((image) => image.id),
    );
  });
}

/** What others share with the member, by owner and name. */
export async function imagesSharedTo(world: World, by: ActiveMember): Promise<ImageView[]> {
  return world.ledger.read(async (tx) => {
    const theirs = await imagesSharedWith(tx, by.id);
    return imageViews(
      tx,
      theirs.map(({ image }) => image.id),
    );
  });
}

/** The caller's own image by the id a button carried. Throws a Refusal as if somebody else's did not exist. */
export async function imageById(
  world: World,
  { by, imageId }: { by: ActiveMember; imageId: number },
): Promise<ImageView> {
  return world.ledger.read(async (tx) => {
    const image = await ownImage(tx, by, imageId);
    return viewOf(tx, image.id);
  });
}

/** An image as a person named it: `vision`, `vision:exp-42`, `ben/vision:exp-42`. */
export type NamedImage = {
  view: ImageView;
  /** The one that was asked for; undefined: `latest`. */
  tag: string | undefined;
  /** The build behind it; undefined: nothing was ready yet. */
  build: Build | undefined;
  /** What that build is made of; without one the newest version. */
  recipe: RecipeRow;
};

/** Throws a Refusal with the nearest names if there is no such image or tag, or it is not shared with the caller. */
export async function imageNamed(
  world: World,
  { by, text }: { by: ActiveMember; text: string },
): Promise<NamedImage> {
  return world.ledger.read(async (tx) => {
    const name = readImageName(text);
    const found = name && (await namedBuild(tx, by.id, name));
    if (!name || !found) throw await noImage(tx, by, text);
    const view = await viewOf(tx, found.image.id);
    if (name.tag !== undefined && !found.build) throw noTag(view, by, name.tag);
    const [newest] = view.recipes;
    const recipe = view.recipes.find((row) => row.id === found.build?.recipeId) ?? newest;
    if (!recipe) throw new Error(`image ${found.image.id} has no recipe`);
    return { view, tag: name.tag, build: found.build, recipe };
  });
}

async function viewOf(tx: Tx, imageId: number): Promise<ImageView> {
  const [view] = await imageViews(tx, [imageId]);
  if (!view) throw new Error(`image ${imageId} vanished from the ledger`);
  return view;
}

/** Names what the member has and what is near; `houses` may be meant too. */
export async function noImage(
  tx: Tx,
  by: ActiveMember,
  text: string,
  houses: readonly string[] = [],
): Promise<Refusal> {
  const [own, theirs] = await Promise.all([imagesOfMember(tx, by.id), imagesSharedWith(tx, by.id)]);
  const known = [
    ...own.map((image) => image.name),
    ...theirs.map(({ image, owner }) => `${owner.handle}/${image.name}`),
    ...houses,
  ];
  const asked = readImageName(text);
  const untagged = asked ? `${asked.owner ? `${asked.owner}/` : ""}${asked.name}` : text.slice(0, 80);
  const near = nearest(untagged, known);
  return new Refusal("no-image", `There is no image called “${text.slice(0, 80)}”.`, {
    field: "image",
    hint:
      near.length > 0
        ? `Did you mean ${listed(near, "or")}?`
        : known.length > 0
          ? `There ${known.length === 1 ? "is" : "are"} ${listed(known.slice(0, 5), "or")}${known.length > 5 ? "; /image-list shows all of yours" : ""}.`
          : "/image-create makes one.",
    offers: asked && !asked.owner && !asked.tag ? [{ kind: "create-image", name: asked.name }] : [],
  });
}

export function noTag(
  { image, owner, tags }: Pick<ImageView, "image" | "owner" | "tags">,
  by: ActiveMember,
  tag: string,
): Refusal {
  const whose = owner.id === by.id ? {} : { owner: owner.handle };
  const names = tags.map((one) => one.name);
  const near = nearest(tag, names);
  const written = writeImageName({ ...whose, name: image.name, tag });
  return new Refusal("no-tag", `There is no image called “${written.slice(0, 120)}”.`, {
    field: "image",
    hint:
      near.length > 0
        ? `Did you mean ${listed(near, "or")}?`
        : names.length > 0
          ? `The tags of ${image.name} are ${listed(names.slice(0, 10))}.`
          : `${image.name} has no tags; /image-tag gives one.`,
    offers: owner.id === by.id ? [{ kind: "show-image", imageId: image.id }] : [],
  });
}
