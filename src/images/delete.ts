import { projectOf } from "../container-name.ts";
import { Refusal } from "../errors.ts";
import type { Build } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { wishRemoved } from "../ledger/queries/builds.ts";
import { record } from "../ledger/queries/events.ts";
import {
  deleteTags,
  endShares,
  type ImageView,
  imageByName,
  imageViews,
  updateImageRow,
} from "../ledger/queries/images.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { noImage, noTag } from "./list.ts";

/** What is to go: the whole image, one tag of it, or the builds that nothing refers to. */
export type Deleting = { by: ActiveMember; name: string; what: "image" | "old-builds" | { tag: string } };

/** What would go, before anybody says yes. */
export type Deletion = {
  view: ImageView;
  /** Whose images leave the server. */
  builds: Build[];
  /** At least: what no other image has of it, as last measured; what was not measured counts with its whole size. */
  freesBytes: number;
  /** Some were not measured yet: then `freesBytes` is at most. */
  isEstimate: boolean;
};

/** Throws the Refusal that deleting would. */
export async function whatDeletes(world: World, deleting: Deleting): Promise<Deletion> {
  return world.ledger.read((tx) => judge(tx, deleting));
}

/**
 * Deletes it in the ledger; a job takes the images from the server soon after. Refused while a container or a waiting
 * request uses it, naming them, and while it is being built. What it is made of stays: it can be built again.
 */
export async function deleteImage(world: World, deleting: Deleting): Promise<Deletion> {
  return world.ledger.transaction(async (tx) => {
    const deletion = await judge(tx, deleting);
    const { view, builds, freesBytes } = deletion;
    const { by, what } = deleting;
    const { image } = view;
    const at = world.clock.now();
    if (what === "image") {
      await updateImageRow(tx, image.id, { deletedAt: at, latestBuildId: null });
      await deleteTags(tx, image.id, at);
      await endShares(tx, image.id, at);
      for (const other of view.sharedWith) {
        const text = `${by.handle} deleted the image ${by.handle}/${image.name} that was shared with you.`;
        await tell(tx, other.slackUserId, { kind: "note", text }, at);
      }
    } else if (what !== "old-builds") await deleteTags(tx, image.id, at, what.tag);
    await wishRemoved(
      tx,
      builds.map((build) => build.id),
      at,
    );
    await record(tx, {
      at,
      what: what === "image" ? "image-deleted" : what === "old-builds" ? "builds-deleted" : "tag-deleted",
      memberId: by.id,
      imageId: image.id,
      actor: `member:${by.id}`,
      because: `${by.handle} deleted ${inWords(deleting)}.`,
      evidence: {
        builds: builds.map((build) => build.id),
        engineImageIds: builds.map((build) => build.engineImageId),
        tags:
          what === "image" ? view.tags.map((tag) => tag.name) : typeof what === "object" ? [what.tag] : [],
        freesBytes,
      },
    });
    return deletion;
  });
}

function inWords({ name, what }: Deleting): string {
  if (what === "image") return `the image ${name}`;
  return what === "old-builds" ? `old builds of ${name}` : `${name}:${what.tag}`;
}

async function judge(tx: Tx, { by, name, what }: Deleting): Promise<Deletion> {
  const image = await imageByName(tx, by.id, name);
  const [view] = image && image.deletedAt === null ? await imageViews(tx, [image.id]) : [];
  if (!view) throw await noImage(tx, by, name);
  const there = view.builds.filter(
    (build) => build.state === "ready" && build.removedAt === null && build.removeWishedAt === null,
  );
  const inUse = new Set(view.usedBy.flatMap(({ awaitsBuildId, buildId }) => [awaitsBuildId, buildId]));
  if (what === "image") {
    refuseInUse(view, view.usedBy);
    refuseComing(view);
    return freed(view, there);
  }
  const tag = what === "old-builds" ? undefined : view.tags.find((one) => one.name === what.tag);
  if (what !== "old-builds") {
    if (!tag) throw noTag(view, by, what.tag);
    // A container that was asked for by the tag goes on without it only if the build stays for another reason.
    refuseInUse(
      view,
      view.usedBy.filter(
        ({ buildId, image: asked }) => buildId === tag.build.id && asked.endsWith(`:${tag.name}`),
      ),
    );
  }
  const kept = new Set([
    ...inUse,
    view.image.latestBuildId,
    ...view.tags.filter((one) => one !== tag).map((one) => one.build.id),
  ]);
  const candidates = tag ? there.filter((build) => build.id === tag.build.id) : there;
  const builds = candidates.filter((build) => !kept.has(build.id));
  if (what === "old-builds" && builds.length === 0) {
    throw new Refusal("no-old-builds", `“${view.image.name}” has no old builds that could go.`, {
      hint: "The latest one, those with a tag and those that containers use stay.",
      offers: [{ kind: "show-image", imageId: view.image.id }],
    });
  }
  return freed(view, builds);
}

function freed(view: ImageView, builds: Build[]): Deletion {
  const sizes = builds.map((build) => view.ownBytes.get(build.id) ?? build.sizeBytes ?? 0);
  return {
    view,
    builds,
    freesBytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    isEstimate: builds.some((build) => !view.ownBytes.has(build.id)),
  };
}

function refuseInUse({ image, owner }: ImageView, users: ImageView["usedBy"]): void {
  if (users.length === 0) return;
  const own = users.filter((user) => user.memberId === owner.id);
  const others = users.filter((user) => user.memberId !== owner.id);
  const names = [
    ...own.map((user) => `your ${projectOf(user.name)}${user.state === "waiting" ? " (waiting)" : ""}`),
    ...others.map((user) => `${projectOf(user.name)} of ${user.handle}`),
  ];
  throw new Refusal("image-in-use", `“${image.name}” is used by ${listed(names.slice(0, 10))}.`, {
    hint: "Retire what uses it first; a container keeps its image until then.",
    offers: own.slice(0, 3).map((user) => ({ kind: "retire", containerId: user.id })),
  });
}

function refuseComing({ image, builds }: ImageView): void {
  const coming = builds.filter((build) => build.state === "queued" || build.state === "building");
  if (coming.length === 0) return;
  throw new Refusal("image-building", `“${image.name}” is being built at the moment.`, {
    hint: "Cancel that first, or wait until it is ready.",
    offers: coming.map((build) => ({ kind: "cancel-build", buildId: build.id })),
  });
}
