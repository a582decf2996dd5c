import { armEnd, moveEnd } from "../containers/armed-ends.ts";
import { ownContainer, type Which } from "../containers/which.ts";
import { Refusal } from "../errors.ts";
import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { armedEnd, withoutEnd } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { insertKeep, keepByRequest, keepsOfRun } from "../ledger/queries/idle.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { ActiveMember, Member } from "../ledger/schema.ts";
import { later, minutesFrom } from "../policy/notice-times.ts";
import { limitsOf } from "../policy/policy.ts";
import { counted, when } from "../sentence.ts";
import type { World } from "../world.ts";

const mostInRound = 50;
/** So often what is in a stopped container may be kept for longer. */
export const mostKeeps = 2;

/**
 * Whatever is stopped will be removed when it was stopped for its owner's `container_hold_after_stop_h`, with a day for its
 * first notice at least. What runs again, or waits to, is not (src/ends/decide.ts); stopped once more, the time begins anew.
 */
export async function armRemovals(world: World): Promise<void> {
  const ids = await world.ledger.read((tx) =>
    withoutEnd(tx, { state: "stopped", reason: "remove" }, mostInRound),
  );
  for (const id of ids) {
    await world.ledger.transaction(async (tx) => {
      const [view] = await containerViews(tx, [id]);
      if (view?.container.state !== "stopped" || view.container.wanted !== "stopped") return;
      if (await armedEnd(tx, id, "remove")) return;
      const now = world.clock.now();
      const hours = await holdHours(tx, world, view.member, now);
      const { stoppedAt, placeKeptUntil } = view.container;
      const over = minutesFrom(stoppedAt ?? now, hours * 60);
      // With it its place in the line would go.
      const at = placeKeptUntil ? later(over, placeKeptUntil) : over;
      await armEnd(tx, world, view.container, {
        reason: "remove",
        at: later(at, minutesFrom(now, world.policy.notices.remove_first_h * 60)),
        because: `It was stopped for ${counted(hours, "hour")}, and nobody ran it again.`,
        evidence: { rule: "what is stopped is kept for some time, and then removed", hours },
        actor: "berth",
      });
    });
  }
}

export type FilesKept = { view: ContainerView; until: Date };

/**
 * The caller's stopped container is removed as much later as it was kept at first; twice for each run. Asked again with the
 * same request id it answers what was done. Throws a Refusal.
 */
export async function keepFiles(
  world: World,
  { by, which, requestId }: { by: ActiveMember; which: Which; requestId: string },
): Promise<FilesKept> {
  return world.ledger.transaction(async (tx) => {
    const view = await ownContainer(tx, by, which);
    const { container } = view;
    const end = await armedEnd(tx, container.id, "remove");
    if (!end || container.state !== "stopped" || container.wanted !== "stopped") throw notToBeRemoved(view);
    if (await keepByRequest(tx, requestId)) return { view, until: end.at };
    const kept = await keepsOfRun(tx, container, "files");
    if (kept.length >= mostKeeps) throw keptOftenEnough(view, end);
    const until = await moveRemoval(tx, world, view, { by, end, requestId });
    return { view, until };
  });
}

async function moveRemoval(
  tx: Tx,
  world: World,
  { container, member }: ContainerView,
  { by, end, requestId }: { by: ActiveMember; end: End; requestId: string },
): Promise<Date> {
  const now = world.clock.now();
  const hours = await holdHours(tx, world, member, now);
  const { id: containerId, run, memberId, nodeId } = container;
  const actor = `member:${by.id}`;
  const evidence = { rule: "Keep files moves a removal, twice for each run", hours };
  const at = minutesFrom(end.at, hours * 60);
  await insertKeep(tx, { requestId, containerId, run, what: "files", at: now, actor });
  const moved = await moveEnd(tx, world, end, { at, because: end.because, evidence, actor });
  const because = `${by.handle} keeps what is in it until ${when(moved.at)}.`;
  await record(tx, { at: now, what: "files-kept", containerId, memberId, nodeId, actor, because, evidence });
  return moved.at;
}

async function holdHours(tx: Tx, world: World, member: Member, now: Date): Promise<number> {
  return limitsOf(world.policy, member, await openOverrides(tx, member.id), now).container_hold_after_stop_h;
}

function notToBeRemoved({ project, container }: ContainerView): Refusal {
  return new Refusal("not-to-be-removed", `“${project.name}” is not to be removed.`, {
    offers: [{ kind: "open", containerId: container.id }],
  });
}

function keptOftenEnough({ project, container }: ContainerView, { at }: End): Refusal {
  return new Refusal(
    "kept-often-enough",
    `“${project.name}” was kept ${counted(mostKeeps, "time")} and is removed ${when(at)}. Your files in /workspace stay in any case.`,
    {
      hint: "Run it again, or retire it and have what you installed added to its image.",
      offers: [
        { kind: "run", containerId: container.id },
        { kind: "retire", containerId: container.id },
      ],
    },
  );
}
