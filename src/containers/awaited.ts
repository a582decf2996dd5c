import type { Build, Image } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { waitingForImages } from "../ledger/queries/waiting.ts";
import type { Container, Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { wishEnd } from "./wish.ts";

/**
 * Decides about everybody in the line whose image was still to come: it is ready and they wait for their turn like the
 * others; or a newer build of it is on its way; or it will not come, and they leave the line and are told why. Likewise
 * whoever may not use the image any more. Called in the transaction that ends a build, and before the line is served.
 */
export async function settleAwaiting(tx: Tx, world: World): Promise<void> {
  for (const waiting of await waitingForImages(tx)) {
    const { container, image, build, owner, comingBuildId, mayUse } = waiting;
    if (!mayUse) await leave(tx, world, waiting, unshared(image, owner));
    else if (image.latestBuildId !== null) await imageReady(tx, world, waiting, image.latestBuildId);
    else if (comingBuildId === null) await leave(tx, world, waiting, notBuilt(image, build));
    else if (comingBuildId !== container.awaitsBuildId)
      await updateContainer(tx, container.id, { awaitsBuildId: comingBuildId });
  }
}

type Waiting = { container: Container; member: Member; build: Build; image: Image };

async function imageReady(
  tx: Tx,
  world: World,
  { container, member, image }: Waiting,
  buildId: number,
): Promise<void> {
  const at = world.clock.now();
  await updateContainer(tx, container.id, { awaitsBuildId: null, buildId });
  await record(tx, {
    at,
    what: "image-ready",
    containerId: container.id,
    memberId: member.id,
    imageId: image.id,
    actor: "berth",
    because: `Its image ${container.image} is ready; it waits for its turn from now on.`,
    evidence: { buildId },
  });
  await tell(tx, member.slackUserId, { kind: "card", containerId: container.id }, at);
}

async function leave(
  tx: Tx,
  world: World,
  { container, member, build }: Waiting,
  because: string,
): Promise<void> {
  await wishEnd(tx, member, container, {
    wanted: "retired",
    cause: "failure",
    actor: "berth",
    because,
    at: world.clock.now(),
    evidence: { buildId: build.id, buildState: build.state },
  });
}

function unshared(image: Image, owner: Member): string {
  return `${owner.handle} no longer shares the image ${owner.handle}/${image.name} with you, so it was not started.`;
}

function notBuilt(image: Image, { state, failure }: Build): string {
  if (state === "cancelled") return `Building its image ${image.name} was cancelled, so it was not started.`;
  return `Its image ${image.name} could not be built, so it was not started. ${failure?.because ?? ""}`.trim();
}
