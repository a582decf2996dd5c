import type { End, EndReason, EndState } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { containerById, updateContainer } from "../ledger/queries/containers.ts";
import { armedEnd, armedEnds, closeEnd, insertEnd } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { memberById } from "../ledger/queries/members.ts";
import { noticesToldOf } from "../ledger/queries/notices.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container } from "../ledger/schema.ts";
import { later, minutesFrom, withTimeToAnswer } from "../policy/notice-times.ts";
import { counted } from "../sentence.ts";
import type { World } from "../world.ts";

/**
 * The instants at which containers will be stopped are rows, written here alone; `containers.ends_at` says what the armed
 * one of reason `end` says. When they come due is the sweep's business (src/ends).
 */
type Outside = Pick<World, "policy" | "clock">;

export type EndCause = {
  /** Why it will be ended, as a sentence for its owner. */
  because: string;
  evidence: Record<string, unknown>;
  /** `berth` or `member:<id>`. */
  actor: string;
};

/**
 * Arms an end of the container's run, in the transaction that makes it true. If less time is left than the last notice
 * needs, the end is as much later. One of that reason which is armed already is moved to the new instant.
 */
export async function armEnd(
  tx: Tx,
  world: Outside,
  container: Container,
  { reason, at, ...cause }: EndCause & { reason: EndReason; at: Date },
): Promise<End> {
  const armed = await armedEnd(tx, container.id, reason);
  if (armed) return moveEnd(tx, world, armed, { at, ...cause });
  const end = await write(tx, world, container, { reason, at, ...cause });
  await note(tx, container, end, "end-armed");
  return end;
}

/**
 * Another instant, later or earlier: a new row with notices of its own; the old one is `moved`. Throws if it is not armed
 * any more: whoever calls has read it in this transaction.
 */
export async function moveEnd(
  tx: Tx,
  world: Outside,
  end: Pick<End, "id">,
  { at, because, evidence, actor }: EndCause & { at: Date },
): Promise<End> {
  const old = await close(tx, end.id, "moved", world.clock.now());
  const container = old && (await containerById(tx, old.containerId));
  if (!container) throw new Error(`end ${end.id} is not armed any more`);
  const known = { ...evidence, movedFrom: old.at, movedEnd: old.id };
  const moved = await write(tx, world, container, {
    reason: old.reason,
    at,
    because,
    evidence: known,
    actor,
  });
  await note(tx, container, moved, "end-moved");
  return moved;
}

/** It will not happen. Nothing changes if it is not armed any more. */
export async function cancelEnd(
  tx: Tx,
  end: Pick<End, "id">,
  { at, ...cause }: EndCause & { at: Date },
): Promise<void> {
  const cancelled = await close(tx, end.id, "cancelled", at);
  const container = cancelled && (await containerById(tx, cancelled.containerId));
  if (container) await note(tx, container, { ...cancelled, ...cause, armedAt: at }, "end-cancelled");
}

/** The run is over, or is to be: `doneBy` says which end did it; the others will not happen. */
export async function closeEnds(
  tx: Tx,
  containerId: number,
  { at, doneBy, which = () => true }: { at: Date; doneBy?: number; which?: (end: End) => boolean },
): Promise<void> {
  for (const end of (await armedEnds(tx, containerId)).filter(which))
    await close(tx, end.id, end.id === doneBy ? "done" : "cancelled", at);
}

/** What was told of it is told again: its buttons give way to what happened. */
async function close(tx: Tx, endId: number, state: Exclude<EndState, "armed">, at: Date) {
  const closed = await closeEnd(tx, endId, state, at);
  if (!closed) return undefined;
  for (const { noticeId, recipient } of await noticesToldOf(tx, closed))
    await tell(tx, recipient, { kind: "notice", noticeId }, at);
  return closed;
}

/**
 * Whatever runs has an end: armed at the instant it runs, for when the hours it was granted are over. A restart, or a run
 * within the time its GPU is kept, gives no time back: the end stays.
 */
export async function armHours(tx: Tx, world: Outside, container: Container): Promise<End> {
  return (await armedEnd(tx, container.id, "end")) ?? write(tx, world, container, hoursOver(container));
}

/** For one that ran before there were ends: it is told as if it had been armed in time, however long it ran. */
export async function armLate(tx: Tx, world: Outside, container: Container): Promise<End> {
  const { at, ...said } = hoursOver(container);
  const inTime = minutesFrom(world.clock.now(), world.policy.notices.first_m);
  return armEnd(tx, world, container, { ...said, at: later(at, inTime) });
}

function hoursOver({ hours, endsAt, stateSince }: Container): EndCause & { reason: EndReason; at: Date } {
  return {
    reason: "end",
    at: endsAt ?? minutesFrom(stateSince, hours * 60),
    because: `Its ${counted(hours, "hour is", "hours are")} over.`,
    evidence: { rule: "a container runs for the hours it was granted", hours },
    actor: "berth",
  };
}

async function write(
  tx: Tx,
  world: Outside,
  container: Container,
  { at, ...said }: EndCause & { reason: EndReason; at: Date },
): Promise<End> {
  const now = world.clock.now();
  const end = await insertEnd(tx, {
    ...said,
    containerId: container.id,
    run: container.run,
    at: withTimeToAnswer(at, now, world.policy.notices),
    state: "armed",
    armedAt: now,
  });
  if (end.reason === "end") await updateContainer(tx, container.id, { endsAt: end.at });
  return end;
}

async function note(tx: Tx, container: Container, end: End, what: string): Promise<void> {
  await record(tx, {
    at: end.armedAt,
    what,
    containerId: container.id,
    memberId: container.memberId,
    nodeId: container.nodeId,
    actor: end.actor,
    because: end.because,
    evidence: { ...end.evidence, endId: end.id, reason: end.reason, at: end.at },
  });
  const owner = await memberById(tx, container.memberId);
  if (owner) await tell(tx, owner.slackUserId, { kind: "card", containerId: container.id }, end.armedAt);
}
