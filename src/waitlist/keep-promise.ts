import { projectOf } from "../container-name.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { PromiseRow } from "../ledger/line-tables.ts";
import { type NewEvent, record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { insertPromise, updatePromise } from "../ledger/queries/promises.ts";
import type { Waiting } from "../ledger/queries/waiting.ts";
import { when } from "../sentence.ts";
import type { World } from "../world.ts";
import { causeOfMiss, type MissCause } from "./missed.ts";
import type { Promising } from "./next.ts";
import { type Promised, plannedEnd } from "./promise.ts";
import type { LineRead } from "./situation.ts";
import { wishInWords } from "./wish.ts";

/**
 * Writes what became of the promise in this round: kept, withdrawn because its requester left, missed (and for which of
 * the three causes), moved, made. The person is told when one is made and when it is missed, in the same transaction.
 */
export async function keepPromise(
  tx: Tx,
  world: World,
  { open, waiting, situation: { now, promised: before } }: LineRead,
  promising: Promising,
  grantedIds: ReadonlySet<number>,
): Promise<void> {
  const whom = (containerId: number) => waiting.find((one) => one.container.id === containerId);
  const { missed, open: promised, change } = promising;
  let isOpen = open !== null;
  if (open && grantedIds.has(open.containerId)) {
    // Nobody looked at the line between its instant and now: late all the same, and that is told.
    const isNewlyLate = missed !== undefined && open.cause === null && now > open.at;
    const cause = isNewlyLate ? await causeOfMiss(tx, world, open, missed.why, now) : undefined;
    if (cause) await miss(tx, open, cause, "is given", now, whom(open.containerId));
    else await close(tx, open, open.cause === null ? "kept" : "missed", now, whom(open.containerId));
    isOpen = false;
  } else if (open && !before) {
    await close(tx, open, "withdrawn", now, undefined);
    isOpen = false;
  } else if (open && missed) {
    const cause = await causeOfMiss(tx, world, open, missed.why, now);
    if (!cause) return;
    const then = missed.promised.isLate ? "stays promised" : "is given up";
    await miss(tx, open, cause, then, now, whom(open.containerId));
    isOpen = missed.promised.isLate;
  }
  const requester = promised && whom(promised.containerId);
  if (!promised || !requester || !change) return;
  if (change === "made" && !isOpen) await make(tx, promised, requester, world.policy.line, now);
  if (change === "moved" && isOpen && open) await move(tx, open, promised, requester, now);
}

async function close(
  tx: Tx,
  open: PromiseRow,
  state: "kept" | "missed" | "withdrawn",
  now: Date,
  requester: Waiting | undefined,
): Promise<void> {
  await updatePromise(tx, open.id, { state, closedAt: now });
  if (state === "missed") return;
  await record(tx, {
    ...about(open, requester, now),
    what: `promise-${state}`,
    because:
      state === "kept"
        ? `It was promised its devices by ${when(open.at)} at the latest, and has them.`
        : "The promise is withdrawn: whom it was made to has left the line.",
    evidence: { promise: open, secondsBefore: Math.round((open.at.getTime() - now.getTime()) / 1000) },
  });
}

async function make(
  tx: Tx,
  promised: Promised,
  requester: Waiting,
  rule: Record<string, unknown>,
  now: Date,
): Promise<void> {
  const { containerId, nodeId, deviceIds, at } = promised;
  const { container } = requester;
  await insertPromise(tx, { containerId, nodeId, deviceIds: [...deviceIds], at, madeAt: now });
  const text = `“${project(requester)}” starts by ${when(at)} at the latest: ${wishInWords(container.wish)}, kept for you from then on. That is a promise; it may become earlier, never later.`;
  await record(tx, {
    ...about({ containerId, nodeId }, requester, now),
    what: "promise-made",
    because: `It was promised ${wishInWords(container.wish)} by ${when(at)} at the latest: the first in the line that does not fit, and it has waited long enough.`,
    evidence: { ...rule, ...promised, plannedEnd: plannedEnd(promised), standsAt: container.standsAt },
  });
  await tellBoth(tx, requester, text, now);
}

async function move(
  tx: Tx,
  open: PromiseRow,
  promised: Promised,
  requester: Waiting,
  now: Date,
): Promise<void> {
  const { nodeId, deviceIds, at } = promised;
  await updatePromise(tx, open.id, { nodeId, deviceIds: [...deviceIds], at });
  await record(tx, {
    ...about(promised, requester, now),
    what: "promise-moved",
    because:
      at < open.at
        ? `What it was promised by ${when(open.at)} can be had earlier: by ${when(at)} at the latest.`
        : `What it was promised by ${when(at)} comes from other devices.`,
    evidence: { rule: "a promise may move earlier, never later", before: open, after: promised },
  });
  await tell(tx, requester.slackUserId, { kind: "card", containerId: requester.container.id }, now);
}

/** What stays promised is kept for it, and the row open, until it has that. */
async function miss(
  tx: Tx,
  open: PromiseRow,
  cause: MissCause,
  then: keyof typeof next,
  now: Date,
  requester: Waiting | undefined,
): Promise<void> {
  const said = `${cause.kind}: ${cause.because}`;
  await updatePromise(
    tx,
    open.id,
    then === "stays promised" ? { cause: said } : { cause: said, state: "missed", closedAt: now },
  );
  await record(tx, {
    ...about(open, requester, now),
    what: "promise-missed",
    because: cause.because,
    evidence: {
      rule: "missed for one of three causes only",
      cause: cause.kind,
      promise: open,
      ...cause.evidence,
    },
  });
  if (!requester) return;
  const kept = then === "is given" ? "was not kept" : "can't be kept";
  const text = `“${project(requester)}” was promised to start by ${when(open.at)}, and that ${kept}. ${cause.because} ${next[then]}`;
  await tellBoth(tx, requester, text, now);
}

/** What becomes of what was promised. */
const next = {
  "stays promised": "What was promised stays yours and starts as soon as it is free.",
  "is given up": "You keep your place, and are told the next instant that can be promised.",
  "is given": "It starts now.",
};

async function tellBoth(tx: Tx, { container, slackUserId }: Waiting, text: string, now: Date): Promise<void> {
  const containerId = container.id;
  await tell(tx, slackUserId, { kind: "card", containerId }, now);
  await tell(
    tx,
    slackUserId,
    { kind: "note", text, containerId, offers: [{ kind: "why", containerId }] },
    now,
  );
}

function about(
  { containerId, nodeId }: { containerId: number; nodeId: string },
  requester: Waiting | undefined,
  at: Date,
): Pick<NewEvent, "at" | "containerId" | "memberId" | "nodeId" | "actor"> {
  return { at, containerId, memberId: requester?.container.memberId ?? null, nodeId, actor: "berth" };
}

function project({ container }: Waiting): string {
  return projectOf(container.name);
}
