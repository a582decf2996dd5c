import { settleAwaiting } from "../containers/awaited.ts";
import { EngineSilent, HostSilent } from "../errors.ts";
import { beginAgain, endCancelled, makeBuild } from "../images/build/make.ts";
import { freePercent } from "../images/build/room.ts";
import { CancelWished } from "../images/build/stops.ts";
import { LedgerUnreachable } from "../ledger/errors.ts";
import { type BuildView, buildsToMake, claimBuild, noteWaits } from "../ledger/queries/builds.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { counted } from "../sentence.ts";
import type { Node, World } from "../world.ts";
import type { Job } from "./runner.ts";

const cutOff = "The server's software was restarted while it was built; it begins again by itself.";
const silent = "The server does not answer at the moment; it begins as soon as it does.";

type Made = { nodeId: string; imageId: number; cancel: AbortController };

/** Brings every build that was asked for to an end: in order, some at a time on each machine, one of an image at a time. */
export function makeBuilds(): Job {
  /** By build. Only what is in here is being built, whatever a row says. */
  const making = new Map<number, Made>();
  let wake = () => {};
  return {
    name: "make builds",
    everyMs: 5000,
    onCommit: true,
    wakeBy(ring) {
      wake = ring;
    },
    async run(world, signal) {
      const views = await world.ledger.read(buildsToMake);
      for (const view of views) {
        const { id, state, cancelWished } = view.build;
        if (cancelWished) making.get(id)?.cancel.abort(new CancelWished("Its member cancelled it."));
        if (state === "building" && !making.has(id)) await beginAgain(world, view, cutOff, settleAwaiting);
      }
      for (const node of world.nodes.values()) {
        const queue = views.filter(
          ({ build }) => build.nodeId === node.id && build.state === "queued" && !making.has(build.id),
        );
        if (queue.length > 0) await goThrough(world, node, queue, signal);
      }
    },
  };

  /** Begins what may begin, the oldest first; what may not is told why. */
  async function goThrough(
    world: World,
    node: Node,
    queue: readonly BuildView[],
    signal: AbortSignal,
  ): Promise<void> {
    const hindered = await hindrance(world, node);
    const waiting: { view: BuildView; because: string }[] = [];
    const mine = [...making.values()].filter(({ nodeId }) => nodeId === node.id);
    const images = new Set(mine.map(({ imageId }) => imageId));
    let ahead = mine.length;
    for (const view of queue) {
      if (signal.aborted) return;
      if (view.build.cancelWished) {
        if (hindered !== silent) await endCancelled(world, node, view, settleAwaiting);
        continue;
      }
      const because =
        hindered ??
        (images.has(view.image.id)
          ? `It begins when the build of “${view.image.name}” before it has ended.`
          : ahead < world.policy.builds.at_once
            ? undefined
            : `${counted(ahead, "build is", "builds are")} before it.`);
      if (because !== undefined) waiting.push({ view, because });
      else if (!(await begin(world, node, view, signal))) continue;
      images.add(view.image.id);
      ahead += 1;
    }
    await tellWhy(world, waiting);
  }

  /** False: it is not to be built any more. */
  async function begin(world: World, node: Node, view: BuildView, signal: AbortSignal): Promise<boolean> {
    const { id } = view.build;
    const cancel = new AbortController();
    making.set(id, { nodeId: node.id, imageId: view.image.id, cancel });
    const build = await claim(world, view).catch((error: unknown) => {
      making.delete(id);
      throw error;
    });
    if (!build) return !making.delete(id);
    makeBuild(world, node, { ...view, build }, { signal, cancel: cancel.signal, onEnd: settleAwaiting }).then(
      () => {
        making.delete(id);
        wake();
      },
      // Not at once again: what could not be ended now is queued again by the slow tick.
      (err: unknown) => {
        making.delete(id);
        if (err instanceof LedgerUnreachable) world.log.warn({ buildId: id }, err.message);
        else world.log.error({ buildId: id, err }, "a build could not be ended; it is queued again");
      },
    );
    return true;
  }
}

async function claim(world: World, { build, owner }: BuildView) {
  return world.ledger.transaction(async (tx) => {
    const at = world.clock.now();
    const claimed = await claimBuild(tx, build.id, at);
    if (claimed) await tell(tx, owner.slackUserId, { kind: "build", buildId: build.id }, at);
    return claimed;
  });
}

/** Why nothing can begin on that machine at the moment, for whoever waits. */
async function hindrance(world: World, node: Node): Promise<string | undefined> {
  const least = world.policy.disk.builds_wait_below_pct;
  try {
    const free = await freePercent(node);
    if (free >= least) return undefined;
    return `The server's disk is too full to build: ${free} % are free, ${least} % must be. It begins by itself when there is room.`;
  } catch (error) {
    if (error instanceof EngineSilent || error instanceof HostSilent) return silent;
    throw error;
  }
}

async function tellWhy(
  world: World,
  waiting: readonly { view: BuildView; because: string }[],
): Promise<void> {
  const news = waiting.filter(({ view, because }) => view.build.waitsFor !== because);
  if (news.length === 0) return;
  await world.ledger.transaction(async (tx) => {
    for (const { view, because } of news) {
      if (!(await noteWaits(tx, view.build.id, because))) continue;
      const at = world.clock.now();
      await tell(tx, view.owner.slackUserId, { kind: "build", buildId: view.build.id }, at);
    }
  });
}
