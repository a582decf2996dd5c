import type { Tx } from "../ledger/ledger.ts";
import { updateContainer } from "../ledger/queries/containers.ts";
import { armedEnd } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { releasePort } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container, Member, Wish } from "../ledger/schema.ts";
import { closeEnds } from "./armed-ends.ts";

export type StopCause =
  /** The owner asked: the GPU is kept for a while. */
  | "owner"
  /** The owner asked, so that another of their own can start, or before an admin's end: nothing is kept. */
  | "owner-frees"
  /** An admin, or Berth because it may not go on: nothing is kept. */
  | "admin"
  /** Its hours are over: nothing is kept. */
  | "end"
  /** It ended by itself twice: the GPU is kept, the owner may want to look; not if an admin was to end it. */
  | "crash"
  /** It could not be started: cleaned up, then failed. */
  | "failure";

/**
 * Writes what is wanted of a container, as nothing outside this file does. A waiting one has nothing to undo and is retired at once;
 * for the others loops make it so. Asking again for what is wanted already changes nothing.
 */
export async function wishEnd(
  tx: Tx,
  owner: Pick<Member, "slackUserId">,
  container: Container,
  wish: {
    wanted: "stopped" | "retired";
    cause: StopCause;
    actor: string;
    because: string;
    at: Date;
    evidence?: Record<string, unknown>;
    /** The armed end that has come, if one has; its others will not. */
    endId?: number;
  },
): Promise<Container> {
  if (container.wanted === "retired" || container.wanted === wish.wanted) return container;
  const { at } = wish;
  const cause = (await armedEnd(tx, container.id, "admin")) ? keepingNothing(wish.cause) : wish.cause;
  // What never ran leaves nothing that could run again: it ends, whoever wanted it only stopped.
  const wanted = container.state === "starting" && neverRan(container) ? "retired" : wish.wanted;
  const left = container.state === "waiting" && container.engineId === null;
  const back = container.state === "waiting" && container.engineId !== null;
  const after = await updateContainer(tx, container.id, {
    wanted,
    wantedBy: cause,
    outcome: wish.because,
    ...(left ? { state: "retired", stateSince: at, waitsFor: null } : {}),
    // It ran before and waits to run again: leaving the line leaves it stopped, its files and layer as they are.
    ...(back ? { state: "stopped", stateSince: at, waitsFor: null } : {}),
  });
  if (left) await releasePort(tx, container.projectId, at);
  await closeEnds(tx, container.id, { at, ...(wish.endId === undefined ? {} : { doneBy: wish.endId }) });
  await record(tx, {
    at,
    what: left ? "left" : wanted === "retired" ? "retire-wished" : "stop-wished",
    containerId: container.id,
    memberId: container.memberId,
    actor: wish.actor,
    because: wish.because,
    evidence: { state: container.state, ...wish.evidence },
  });
  await tell(tx, owner.slackUserId, { kind: "card", containerId: container.id }, at);
  return after;
}

/**
 * Stops what runs only to go on with other devices: bring-down asks anew for them as soon as it has stopped. Whoever wishes
 * it stopped or retired meanwhile has it so.
 */
export async function wishOtherDevices(
  tx: Tx,
  owner: Pick<Member, "slackUserId">,
  container: Container,
  { devices, actor, because, at }: { devices: Wish; actor: string; because: string; at: Date },
): Promise<Container> {
  const after = await updateContainer(tx, container.id, {
    state: "stopping",
    stateSince: at,
    step: "stop",
    wantedBy: "owner-frees" satisfies StopCause,
    wish: devices,
    outcome: because,
  });
  await closeEnds(tx, container.id, { at });
  await record(tx, {
    at,
    what: "stop-wished",
    containerId: container.id,
    memberId: container.memberId,
    actor,
    because,
    evidence: { state: container.state, wish: { from: container.wish, to: devices } },
  });
  await tell(tx, owner.slackUserId, { kind: "card", containerId: container.id }, at);
  return after;
}

/**
 * An admin ends it at an instant, on which others may have been told they can count. Kept, it could run again within the keep
 * time, and past that instant.
 */
function keepingNothing(cause: StopCause): StopCause {
  return cause === "owner" ? "owner-frees" : cause === "crash" ? "admin" : cause;
}

/** Not even in an earlier run: the engine has nothing of it that would be missed. */
export function neverRan(container: Pick<Container, "run" | "runningAt">): boolean {
  return container.run === 1 && container.runningAt === null;
}
