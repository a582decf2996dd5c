import { Refusal } from "../errors.ts";
import type { Build } from "../ledger/image-tables.ts";
import { record } from "../ledger/queries/events.ts";
import { type ImageView, imageByName, imageViews, insertTag } from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { when } from "../sentence.ts";
import type { World } from "../world.ts";
import { noImage } from "./list.ts";
import { checkTagName } from "./names.ts";

/**
 * Keeps a build under a name for ever: the latest one, or the given one. A tag is never moved: one that is there is
 * refused, unless it names this very build already.
 */
export async function tagImage(
  world: World,
  { by, name, tag, buildId }: { by: ActiveMember; name: string; tag: string; buildId?: number },
): Promise<{ view: ImageView; tag: string; build: Build }> {
  checkTagName(tag);
  return world.ledger.transaction(async (tx) => {
    const image = await imageByName(tx, by.id, name);
    if (!image || image.deletedAt !== null) throw await noImage(tx, by, name);
    const [before] = await imageViews(tx, [image.id]);
    if (!before) throw new Error(`image ${image.id} vanished from the ledger`);
    const build = buildToTag(before, buildId);
    const taken = before.tags.find((one) => one.name === tag);
    if (taken?.build.id === build.id) return { view: before, tag, build };
    if (taken) throw tagTaken(before, taken);
    const at = world.clock.now();
    await insertTag(tx, { imageId: image.id, name: tag, buildId: build.id, createdAt: at });
    await record(tx, {
      at,
      what: "tagged",
      memberId: by.id,
      imageId: image.id,
      actor: `member:${by.id}`,
      because: `${by.handle} keeps what ${name} is now as ${name}:${tag}.`,
      evidence: { tag, buildId: build.id, engineImageId: build.engineImageId },
    });
    const [view = before] = await imageViews(tx, [image.id]);
    return { view, tag, build };
  });
}

function buildToTag({ image, latest, builds }: ImageView, buildId: number | undefined): Build {
  const build = buildId === undefined ? latest : builds.find((one) => one.id === buildId);
  const isThere = build?.state === "ready" && build.removedAt === null && build.removeWishedAt === null;
  if (isThere) return build;
  if (buildId !== undefined) {
    throw new Refusal("no-build", `That build of “${image.name}” is not there to be kept.`, {
      hint: "Take one of those that the image's page shows.",
      offers: [{ kind: "show-image", imageId: image.id }],
    });
  }
  const coming = builds.find((one) => one.state === "queued" || one.state === "building");
  throw new Refusal("no-build", `“${image.name}” has nothing built yet that could be kept.`, {
    field: "image",
    hint: coming ? "It is being built; tag it when it is ready." : "Build it first.",
    offers: [{ kind: coming ? "show-image" : "update-image", imageId: image.id }],
  });
}

function tagTaken({ image, tags }: ImageView, taken: { name: string; createdAt: Date }): Refusal {
  const names = new Set(tags.map((one) => one.name));
  let n = 2;
  while (names.has(`${taken.name}-${n}`)) n += 1;
  return new Refusal(
    "tag-taken",
    `“${image.name}:${taken.name}” is kept already, since ${when(taken.createdAt)}; a tag is never moved.`,
    {
      field: "tag",
      hint: `Take another name, such as “${taken.name}-${n}”, or delete that one first with /image-delete.`,
      offers: [{ kind: "show-image", imageId: image.id }],
    },
  );
}
