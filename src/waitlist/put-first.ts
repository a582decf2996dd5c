import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { type WaitingShown, waitingShown } from "../ledger/queries/waiting-shown.ts";
import { nearest } from "../policy/nearest.ts";
import { readReason } from "../policy/reason.ts";
import { counted, listed, when } from "../sentence.ts";
import type { World } from "../world.ts";
import { requestName, wishInWords } from "./wish.ts";

export type PutFirst = {
  /** `vision`, or `ana/vision` where several people wait with a project of that name. */
  request: string;
  /** Everybody in the line reads it. */
  reason: string;
  /** Who does it: `member:<id>` or `cli`, and as people read it. */
  actor: string;
  byName: string;
};

/** How many of those who were overtaken have their cards drawn anew; the others see it in the line. */
const mostCards = 20;

/**
 * Puts a request that waits before all that were not put first; those that were stay before it. Whether the caller may is
 * for whoever calls. Throws a Refusal that says what to type instead.
 */
export async function putFirst(world: World, asked: PutFirst): Promise<WaitingShown> {
  return world.ledger.transaction((tx) => putFirstIn(tx, world.clock.now(), asked));
}

/** The same inside a transaction. The line is served after its commit, as after any other. */
export async function putFirstIn(tx: Tx, now: Date, asked: PutFirst): Promise<WaitingShown> {
  const line = await waitingShown(tx);
  const chosen = oneNamed(asked.request, line);
  const reason = readReason(asked.reason, {
    missing: "Say why: everyone in the line reads it.",
    hint: `It goes like this: /berth first ${asked.request.slice(0, 80)} "demo for the visitors at 15:00"`,
    mostLetters: 200,
  });
  if (chosen.container.firstSince)
    throw new Refusal(
      "first-already",
      `${requestName(chosen)} was put first already, at ${when(chosen.container.firstSince)}: ${chosen.container.firstBecause}`,
    );
  const overtaken = line
    .slice(0, line.indexOf(chosen))
    .filter(({ container }) => container.firstSince === null);
  const container = await updateContainer(tx, chosen.container.id, {
    firstSince: now,
    firstBecause: `${reason} (${asked.byName})`,
  });
  await record(tx, {
    at: now,
    what: "put-first",
    containerId: container.id,
    memberId: container.memberId,
    actor: asked.actor,
    because: `${asked.byName} put it first in the line: ${reason}`,
    evidence: {
      rule: "an admin may put a request first, with a reason that everyone in the line sees",
      reason,
      wish: container.wish,
      askedAt: container.askedAt,
      standsAt: container.standsAt,
      overtaken: overtaken.length,
    },
  });
  await tell(
    tx,
    chosen.slackUserId,
    {
      kind: "note",
      text: `${asked.byName} put “${chosen.project}” first in the line: ${reason}`,
      detail: `It starts as soon as ${wishInWords(container.wish)} can be given. Everyone in the line sees this reason.`,
      offers: [{ kind: "queue" }],
      containerId: container.id,
    },
    now,
  );
  for (const one of [chosen, ...overtaken.slice(0, mostCards)])
    await tell(tx, one.slackUserId, { kind: "card", containerId: one.container.id }, now);
  return { ...chosen, container };
}

function oneNamed(request: string, line: readonly WaitingShown[]): WaitingShown {
  const wanted = request.toLowerCase();
  const named = line.filter((one) => wanted === (wanted.includes("/") ? requestName(one) : one.project));
  const [found] = named;
  if (found && named.length === 1) return found;
  if (found)
    throw new Refusal("several-requests", `${counted(named.length, "request")} in the line have that name.`, {
      hint: `Say whose: ${listed(named.slice(0, 10).map(requestName), "or")}.`,
    });
  const known = line.map(wanted.includes("/") ? requestName : ({ project }) => project);
  const near = nearest(wanted, [...new Set(known)]);
  throw new Refusal("not-in-line", `Nothing called “${request.slice(0, 80)}” waits in the line.`, {
    hint:
      near.length > 0
        ? `Did you mean ${listed(near, "or")}?`
        : line.length > 0
          ? "/gpu-status shows the line."
          : "Nobody waits at the moment.",
  });
}
