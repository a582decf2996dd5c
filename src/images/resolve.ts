import { Refusal } from "../errors.ts";
import type { Build, Image } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { imageViews, type NamedBuild, namedBuild } from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { type CatalogueRow, findHouseImage, houseImages } from "./catalogue.ts";
import { noImage, noTag } from "./list.ts";
import { readImageName, writeImageName } from "./names.ts";

/** What a name means now. `text`: as a container's row keeps it. */
export type ResolvedImage =
  | { is: "house"; text: string; row: CatalogueRow }
  | { is: "built"; text: string; image: Image; build: Build }
  /** Nothing of it is ready yet; this build will be. */
  | { is: "coming"; text: string; image: Image; build: Build };

/**
 * What a container is made from, by the name a person gave: own images win over house images. Without a name: the own
 * image called like the project if it is there or coming, else the first house image. Throws a Refusal with the nearest
 * names, field `image`; never another one than the one named.
 */
export async function resolveImage(
  tx: Tx,
  world: World,
  { by, text, project }: { by: ActiveMember; text: string | undefined; project: string },
): Promise<ResolvedImage> {
  if (text === undefined) {
    const own = await namedBuild(tx, by.id, { name: project });
    return (own && resolved(own, by, undefined)) ?? firstHouse(world);
  }
  const name = readImageName(text);
  const found = name && (await namedBuild(tx, by.id, name));
  if (name && found) {
    const usable = resolved(found, by, name.tag);
    if (usable) return usable;
    if (name.tag === undefined) throw notBuilt(found, by);
    const [view] = await imageViews(tx, [found.image.id]);
    if (view) throw noTag(view, by, name.tag);
  }
  const house = findHouseImage(world.catalogue, text);
  if (house.is === "found") return { is: "house", text: house.row.name, row: house.row };
  const names = houseImages(world.catalogue).map((row) => row.name);
  throw await noImage(tx, by, text, names);
}

function resolved(
  { image, owner, build, coming }: NamedBuild,
  by: ActiveMember,
  tag: string | undefined,
): ResolvedImage | undefined {
  const whose = owner.id === by.id ? {} : { owner: owner.handle };
  const text = writeImageName({ ...whose, name: image.name, ...(tag === undefined ? {} : { tag }) });
  if (build && build.removedAt === null) return { is: "built", text, image, build };
  if (coming && tag === undefined) return { is: "coming", text, image, build: coming };
  return undefined;
}

function firstHouse(world: World): ResolvedImage {
  const [row] = houseImages(world.catalogue);
  if (row) return { is: "house", text: row.name, row };
  throw new Refusal("no-house-image", "There is no image here that could be deployed.", {
    field: "image",
    hint: "Make one with /image-create. An admin can mark one for everybody in catalogue.yaml with “house: true”.",
    offers: [{ kind: "create-image" }],
  });
}

function notBuilt({ image, owner, newest }: NamedBuild, by: ActiveMember): Refusal {
  const own = owner.id === by.id;
  const how =
    newest?.state === "failed"
      ? "could not be built"
      : newest?.state === "cancelled"
        ? "was not built: that was cancelled"
        : "is not on the server";
  return new Refusal("image-not-built", `The image “${own ? "" : `${owner.handle}/`}${image.name}” ${how}.`, {
    field: "image",
    hint: own ? "Change it and try again, or take another one." : `Ask ${owner.handle}, or take another one.`,
    offers: own
      ? [
          { kind: "update-image", imageId: image.id },
          { kind: "show-image", imageId: image.id },
        ]
      : [],
  });
}
