import type { Build, BuildFailure, ImageContents } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type BuildView, buildView, updateBuild } from "../ledger/queries/builds.ts";
import { record } from "../ledger/queries/events.ts";
import { updateImageRow } from "../ledger/queries/images.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { counted } from "../sentence.ts";
import type { World } from "../world.ts";

export type BuildEnd =
  | { is: "ready"; engineImageId: string; sizeBytes: number; contents: ImageContents }
  | { is: "failed"; failure: BuildFailure }
  /** Who wanted it: `member:<id>`, or `berth`. */
  | { is: "cancelled"; actor: string };

/**
 * Ends a build in the ledger: the row, `latest` if it is ready and none newer was before it, the event, the messages.
 * `undefined`: it had ended already, nothing changed. Whoever ends one also settles what waits for it, in the same
 * transaction or in the next round (containers/awaited.ts).
 */
export async function endBuild(
  tx: Tx,
  world: World,
  buildId: number,
  end: BuildEnd,
): Promise<BuildView | undefined> {
  const view = await buildView(tx, buildId);
  if (!view || (view.build.state !== "queued" && view.build.state !== "building")) return undefined;
  const { image, owner } = view;
  const at = world.clock.now();
  const build = await updateBuild(tx, buildId, {
    state: end.is,
    stateSince: at,
    endedAt: at,
    waitsFor: null,
    ...(end.is === "ready"
      ? { engineImageId: end.engineImageId, sizeBytes: end.sizeBytes, contents: end.contents }
      : {}),
    ...(end.is === "failed" ? { failure: end.failure } : {}),
  });
  // An older one that was overtaken is ready too, but `latest` only moves forward.
  const moves = end.is === "ready" && (image.latestBuildId ?? 0) < buildId && image.deletedAt === null;
  const after = moves ? await updateImageRow(tx, image.id, { latestBuildId: buildId }) : image;
  await record(tx, {
    at,
    what: `build-${end.is}`,
    memberId: owner.id,
    imageId: image.id,
    nodeId: build.nodeId,
    actor: end.is === "cancelled" ? end.actor : "berth",
    because: because(view, end),
    evidence: {
      buildId,
      version: view.version,
      attempt: build.attempt,
      seconds: build.startedAt ? Math.round((at.getTime() - build.startedAt.getTime()) / 1000) : null,
      latestWas: image.latestBuildId,
      ...(end.is === "ready" ? { engineImageId: end.engineImageId, sizeBytes: end.sizeBytes } : {}),
      ...(end.is === "failed" ? { failure: end.failure.because } : {}),
    },
  });
  await tell(tx, owner.slackUserId, { kind: "build", buildId }, at);
  await tell(tx, owner.slackUserId, { kind: "built", buildId }, at);
  return { ...view, build, image: after };
}

function because({ image, build }: { image: { name: string }; build: Build }, end: BuildEnd): string {
  const tries = build.attempt > 1 ? ` at the ${counted(build.attempt, "attempt")}` : "";
  if (end.is === "ready") return `The image ${image.name} was built${tries}.`;
  if (end.is === "failed") return `The image ${image.name} could not be built: ${end.failure.because}`;
  return `Building the image ${image.name} was cancelled.`;
}
