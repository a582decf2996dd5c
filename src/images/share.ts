import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { record } from "../ledger/queries/events.ts";
import { endShares, type ImageView, imageViews, insertShare } from "../ledger/queries/images.ts";
import { isActive, memberById } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { ActiveMember, Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { ownImage } from "./update.ts";

export type Sharing = { by: ActiveMember; imageId: number; withMemberId: number };

/** From now on the other may deploy every build and tag of it, and is told so. Shared already: nothing changes. */
export async function shareImage(world: World, { by, imageId, withMemberId }: Sharing): Promise<ImageView> {
  return world.ledger.transaction(async (tx) => {
    const image = await ownImage(tx, by, imageId);
    const other = await memberById(tx, withMemberId);
    if (!isActive(other)) throw cantUse(other);
    if (other.id === by.id) {
      throw new Refusal("own-image", `“${image.name}” is yours; there is nobody to share it with in that.`, {
        field: "member",
        hint: "Pick a colleague.",
      });
    }
    const before = await viewOf(tx, imageId);
    if (before.sharedWith.some((member) => member.id === other.id)) return before;
    const at = world.clock.now();
    await insertShare(tx, { imageId, withMemberId: other.id, createdAt: at });
    await record(tx, {
      at,
      what: "shared",
      memberId: by.id,
      imageId,
      actor: `member:${by.id}`,
      because: `${by.handle} shares ${image.name} with ${other.handle}.`,
      evidence: { withMemberId: other.id },
    });
    const text = `${by.handle} shares the image ${by.handle}/${image.name} with you: name it when you deploy a container.`;
    const offers = [{ kind: "new-container" } as const];
    await tell(tx, other.slackUserId, { kind: "note", text, offers }, at);
    return viewOf(tx, imageId);
  });
}

/**
 * The other may deploy it no more and is told so. Containers that run with it go on; a request that still waits ends when
 * the line is looked at next (containers/awaited.ts). Not shared: nothing changes.
 */
export async function unshareImage(world: World, { by, imageId, withMemberId }: Sharing): Promise<ImageView> {
  return world.ledger.transaction(async (tx) => {
    const image = await ownImage(tx, by, imageId);
    const before = await viewOf(tx, imageId);
    const other = before.sharedWith.find((member) => member.id === withMemberId);
    if (!other) return before;
    const at = world.clock.now();
    await endShares(tx, imageId, at, withMemberId);
    await record(tx, {
      at,
      what: "share-ended",
      memberId: by.id,
      imageId,
      actor: `member:${by.id}`,
      because: `${by.handle} no longer shares ${image.name} with ${other.handle}.`,
      evidence: { withMemberId },
    });
    const text = `${by.handle} no longer shares the image ${by.handle}/${image.name} with you. Containers that you run with it go on.`;
    await tell(tx, other.slackUserId, { kind: "note", text }, at);
    return viewOf(tx, imageId);
  });
}

async function viewOf(tx: Tx, imageId: number): Promise<ImageView> {
  const [view] = await imageViews(tx, [imageId]);
  if (!view) throw new Error(`image ${imageId} vanished from the ledger`);
  return view;
}

function cantUse(other: Member | undefined): Refusal {
  const who = other ? `${other.name} does` : "They do";
  return new Refusal("not-a-member", `${who} not use this server yet, so there is nothing to share with.`, {
    field: "member",
    hint: "They ask to be let in by writing to Berth; share it then.",
  });
}
