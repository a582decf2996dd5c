import { isDeepStrictEqual } from "node:util";
import { EngineRefused, EngineSilent, HostSilent, Refusal } from "../../errors.ts";
import { LedgerUnreachable } from "../../ledger/errors.ts";
import type { BuildProgress, ImageContents } from "../../ledger/image-tables.ts";
import type { Tx } from "../../ledger/ledger.ts";
import {
  type BuildView,
  buildById,
  lastReadyOf,
  noteProgress,
  requeueBuild,
  updateBuild,
} from "../../ledger/queries/builds.ts";
import { record } from "../../ledger/queries/events.ts";
import { tell } from "../../ledger/queries/outbox.ts";
import { counted } from "../../sentence.ts";
import type { Node, World } from "../../world.ts";
import { contentsPaths, readContents } from "../dockerfile/look.ts";
import { writeDockerfile } from "../dockerfile/write.ts";
import { type BuildEnd, endBuild } from "../end-build.ts";
import { engineNames } from "../names.ts";
import { type Making, makeBase, ownBaseRef } from "./base.ts";
import { keepInProject } from "./keep-in-workspace.ts";
import { openBuildLog } from "./log.ts";
import { makeWithEngine } from "./make-with-engine.ts";
import { reportProgress } from "./progress.ts";
import { freePercent } from "./room.ts";
import { BuildFails, CancelWished, goOn } from "./stops.ts";

/** Cut off more often than that, something is wrong that another try will not mend. */
const mostAttempts = 3;
const lookAtDiskEveryMs = 15_000;
const dayMs = 24 * 3_600_000;

/** What else the end of a build settles, in the same transaction: who waits for its image. */
export type OnEnd = (tx: Tx, world: World) => Promise<void>;

/**
 * Makes a build that was claimed: brings its row from `building` to `ready`, `failed` or `cancelled`, or back to `queued` if the
 * server fell silent. `signal` aborts when this process may not go on: then the row is left, and the next process queues it
 * again. `cancel` aborts when its member wants it cancelled.
 */
export async function makeBuild(
  world: World,
  node: Node,
  view: BuildView,
  { signal, cancel, onEnd }: { signal: AbortSignal; cancel: AbortSignal; onEnd: OnEnd },
): Promise<void> {
  const anew = await isOld(world, view);
  const log = await openBuildLog(world, view.build);
  const report = reportProgress(world, { id: view.build.id, slackUserId: view.owner.slackUserId });
  const stop = new AbortController();
  const watched = new AbortController();
  const watching = [watchDisk(world, node, stop, watched.signal)];
  const making: Making = {
    world,
    node,
    view,
    log,
    report,
    signal: AbortSignal.any([signal, cancel, stop.signal]),
    anew,
    timeBegins: () => void watching.push(watchTime(world, stop, watched.signal)),
  };
  let end: End;
  let progress: BuildProgress;
  try {
    end = await attempt(making);
  } catch (error) {
    if (signal.aborted) return;
    end = endOf(making, error);
  } finally {
    watched.abort();
    [progress] = await Promise.all([report.close(), log.close(), ...watching]);
  }
  if (signal.aborted) return;
  if (end.is === "again") return beginAgain(world, view, end.because, onEnd);
  try {
    await settle(making, end, { progress, onEnd });
  } catch (error) {
    if (!(error instanceof EngineSilent)) throw error;
    await beginAgain(world, view, serverSilent, onEnd);
  }
}

/**
 * The same recipe again, some time after it was built: what it names may have newer versions by now, which the cache would
 * hide. Within a day it is the same build, only faster.
 */
async function isOld(world: World, { build }: BuildView): Promise<boolean> {
  const before = await world.ledger.read((tx) => lastReadyOf(tx, build.recipeId));
  return Boolean(before?.endedAt && world.clock.now().getTime() - before.endedAt.getTime() > dayMs);
}

type End = BuildEnd | { is: "again"; because: string };

const serverSilent =
  "The server stopped answering while it was built; it begins again as soon as that is over.";

async function attempt(making: Making): Promise<BuildEnd> {
  const { world, node, view, report, signal } = making;
  if (view.build.attempt > 1) await removeTraces(world, node, view);
  const base = await makeBase(making);
  goOn(signal);
  const written = writeDockerfile({
    recipe: view.recipe,
    facts: base.facts,
    baseRef: base.ref,
    settings: world.policy,
    memberId: view.owner.id,
  });
  // Only to be read later on: the engine begins meanwhile.
  const kept = world.ledger.transaction(
    (tx) => updateBuild(tx, view.build.id, { dockerfile: written.dockerfile }),
    { isNews: false },
  );
  kept.catch(() => undefined);
  const { ofBuild } = namesOf(world, view);
  const made = await makeWithEngine(making, {
    part: "image",
    ...written,
    tags: [ofBuild],
    registryLogins: {},
  }).finally(() => kept);
  report.step("Reading what is in it");
  const contents = await contentsOf(making, made.imageId);
  goOn(signal);
  return { is: "ready", engineImageId: made.imageId, sizeBytes: made.sizeBytes, contents };
}

/** Read from the image, which takes a container; what came from the cache as a whole is known from the build before. */
async function contentsOf({ world, node, view }: Making, imageId: string): Promise<ImageContents> {
  const before = await world.ledger.read((tx) => lastReadyOf(tx, view.build.recipeId));
  if (before?.contents && before.engineImageId) {
    const [now, then] = await Promise.all([imageId, before.engineImageId].map((id) => node.engine.image(id)));
    if (now && then && isDeepStrictEqual(now.layers, then.layers)) return before.contents;
  }
  return readContents(await node.engine.readFiles(imageId, contentsPaths));
}

async function watchTime(world: World, stop: AbortController, over: AbortSignal): Promise<void> {
  const limitM = world.policy.builds.limit_m;
  await world.clock.sleep(limitM * 60_000, over);
  if (over.aborted) return;
  const advice = "Ask for less at once, or for packages that come ready made.";
  stop.abort(
    new BuildFails(`It took longer than ${counted(limitM, "minute")}, which is the limit here. ${advice}`),
  );
}

async function watchDisk(world: World, node: Node, stop: AbortController, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await world.clock.sleep(lookAtDiskEveryMs, over);
    if (over.aborted) return;
    // Silence is noticed by the build itself.
    const free = await freePercent(node).catch(() => undefined);
    if (free === undefined || free >= world.policy.disk.refuse_below_pct) continue;
    const advice = "Delete images or files that nobody needs, or ask an admin; then build it again.";
    return stop.abort(
      new BuildFails(`The server's disk became too full while it was built (${free} % are free). ${advice}`),
    );
  }
}

function endOf({ world, view, log, signal }: Making, error: unknown): End {
  const reason: unknown = signal.aborted ? signal.reason : error;
  const failed = (because: string): BuildEnd => ({
    is: "failed",
    failure: { because, tail: log.tail() },
  });
  if (reason instanceof CancelWished) return { is: "cancelled", actor: `member:${view.owner.id}` };
  if (reason instanceof BuildFails) return failed(reason.message);
  if (reason instanceof Refusal)
    return failed([reason.message, reason.hint].filter((part) => part !== undefined).join(" "));
  // The ledger is away: the row is found as it is, and queued again.
  if (reason instanceof LedgerUnreachable) throw reason;
  if (reason instanceof EngineSilent || reason instanceof HostSilent) {
    world.log.warn({ buildId: view.build.id, err: reason }, "the server fell silent during a build");
    return { is: "again", because: serverSilent };
  }
  const told =
    reason instanceof EngineRefused ? "the engine refused to build" : "a build failed by a fault of ours";
  world.log.error({ buildId: view.build.id, err: reason }, told);
  return failed(
    "Something went wrong on the server that is not your image's fault. Build it again; if it stays so, tell an admin.",
  );
}

/** Ends it in the ledger, and cleans up before if it is no image: whoever is killed in between does both again. */
async function settle(
  making: Making,
  end: BuildEnd,
  also: { progress: BuildProgress; onEnd: OnEnd },
): Promise<void> {
  const { world, node, view } = making;
  if (end.is !== "ready") await removeTraces(world, node, view);
  const settled = await world.ledger.transaction(async (tx) => {
    const row = await buildById(tx, view.build.id);
    // Wished in the last moment: it is honoured all the same.
    if (row?.cancelWished && end.is === "ready") return "cancelled" as const;
    await noteProgress(tx, view.build.id, also.progress);
    if (await endBuild(tx, world, view.build.id, end)) await also.onEnd(tx, world);
    return "ended" as const;
  });
  if (settled === "cancelled")
    return settle(making, { is: "cancelled", actor: `member:${view.owner.id}` }, also);
  if (end.is !== "ready") return;
  await nameLatest(world, node, view, end.engineImageId);
  await keepInProject(world, node, view);
}

/**
 * A queued build whose cancelling was wished before it was cut off: cleaned up and ended. Throws `EngineSilent` like any other verb.
 */
export async function endCancelled(world: World, node: Node, view: BuildView, onEnd: OnEnd): Promise<void> {
  await removeTraces(world, node, view);
  await world.ledger.transaction(async (tx) => {
    const end = { is: "cancelled", actor: `member:${view.owner.id}` } as const;
    if (await endBuild(tx, world, view.build.id, end)) await onEnd(tx, world);
  });
}

/** Back into the queue, where it was; or, after some attempts, it failed. */
export async function beginAgain(
  world: World,
  view: BuildView,
  because: string,
  onEnd: OnEnd,
): Promise<void> {
  const { build, image, owner } = view;
  await world.ledger.transaction(async (tx) => {
    const at = world.clock.now();
    const row = await requeueBuild(tx, build.id, at);
    if (!row) return;
    if (row.attempt > mostAttempts) {
      const failure = {
        because: `It was cut off ${mostAttempts} times, each time because the server or its software was restarted. Build it again later.`,
        tail: [],
      };
      if (await endBuild(tx, world, build.id, { is: "failed", failure })) await onEnd(tx, world);
      return;
    }
    await updateBuild(tx, build.id, { waitsFor: because });
    await record(tx, {
      at,
      what: "build-cut-off",
      memberId: owner.id,
      imageId: image.id,
      nodeId: build.nodeId,
      actor: "berth",
      because,
      evidence: { buildId: build.id, attempt: row.attempt },
    });
    await tell(tx, owner.slackUserId, { kind: "build", buildId: build.id }, at);
  });
}

/** Whatever an attempt left under names of its own. An image that is in use, or has another name, stays. */
async function removeTraces(world: World, node: Node, view: BuildView): Promise<void> {
  const names = [namesOf(world, view).ofBuild, ownBaseRef(world, view)];
  for (const name of names) await node.engine.untagImage(name);
}

/** For admins' eyes; the ledger goes by ids. */
async function nameLatest(world: World, node: Node, view: BuildView, imageId: string): Promise<void> {
  await node.engine.tagImage(imageId, namesOf(world, view).latest).catch((err: unknown) => {
    world.log.warn({ buildId: view.build.id, err }, "an image could not be called latest");
  });
}

function namesOf(world: World, { owner, image, build }: BuildView) {
  return engineNames(world.policy.image_prefix, owner.handle, image.name, build.id);
}
