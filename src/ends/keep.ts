import { cancelEnd } from "../containers/armed-ends.ts";
import { ownContainer, type Which } from "../containers/which.ts";
import { Refusal } from "../errors.ts";
import { minuteMs } from "../idle/between.ts";
import { judgeKeep, keepHours } from "../idle/keep.ts";
import { signOf } from "../idle/minute.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { armedEnd } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { insertKeep, keepByRequest, keepsOfRun, openMarks, updateMark } from "../ledger/queries/idle.ts";
import { minutesSince } from "../ledger/queries/use.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { when } from "../sentence.ts";
import { waitersServedBy } from "../waitlist/line-now.ts";
import type { World } from "../world.ts";
import { refuseUnlessRunning } from "./extend.ts";

export type Kept = { view: ContainerView; until: Date };

/** Further back nobody asks whether it was used: Keep lasts two hours. */
const lookedBackHours = 24;

/**
 * The caller's running container is not stopped for idleness for two hours. In the transaction that stops it or keeps it,
 * whoever commits first has won. Asked again with the same request id it answers what was done. Throws a Refusal.
 */
export async function keep(
  world: World,
  { by, which, requestId }: { by: ActiveMember; which: Which; requestId: string },
): Promise<Kept> {
  return world.ledger.transaction(async (tx) => {
    const view = await ownContainer(tx, by, which);
    const done = await keepByRequest(tx, requestId);
    if (done) return { view, until: minutesFrom(done.at, keepHours * 60) };
    refuseUnlessRunning(view);
    const now = world.clock.now();
    const answer = judgeKeep(await askOf(tx, world, view, now));
    if ("refused" in answer)
      throw new Refusal("kept-twice", answer.refused, {
        offers: [{ kind: "why", containerId: view.container.id }],
      });
    await write(tx, view, { by, requestId, now, until: answer.until });
    return { view, until: answer.until };
  });
}

async function askOf(tx: Tx, world: World, { container, devices }: ContainerView, now: Date) {
  const keeps = await keepsOfRun(tx, container, "gpu");
  const minutes = await minutesSince(tx, container, minutesFrom(now, -lookedBackHours * 60));
  const used = minutes.findLast((minute) => signOf(minute) === "active");
  return {
    now,
    keptAt: keeps.map(({ at }) => at),
    usedAt: used && new Date(used.at.getTime() + minuteMs),
    someoneWaits: await waitersServedBy(tx, world, devices),
  };
}

async function write(
  tx: Tx,
  { container }: ContainerView,
  { by, requestId, now, until }: { by: ActiveMember; requestId: string; now: Date; until: Date },
): Promise<void> {
  const { id: containerId, run, memberId, nodeId } = container;
  const actor = `member:${by.id}`;
  const because = `${by.handle} keeps it until ${when(until)}, though it is idle.`;
  const evidence = { rule: "Keep protects for two hours; two in a row while somebody waits", until };
  await insertKeep(tx, { requestId, containerId, run, what: "gpu", at: now, actor });
  const mark = (await openMarks(tx, [containerId])).get(containerId);
  if (mark) await updateMark(tx, mark.id, { endedAt: now });
  await record(tx, { at: now, what: "kept", containerId, memberId, nodeId, actor, because, evidence });
  for (const reason of ["idle", "no-show"] as const) {
    const end = await armedEnd(tx, containerId, reason);
    if (end) await cancelEnd(tx, end, { at: now, because, evidence, actor });
  }
}
