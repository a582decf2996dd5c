import { armLate, closeEnds, moveEnd } from "../containers/armed-ends.ts";
import { placeKeptDays } from "../containers/no-show-at.ts";
import { wishEnd } from "../containers/wish.ts";
import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { containerById, updateContainer } from "../ledger/queries/containers.ts";
import { type EndingRows, endings, insertNotice, withoutEnd } from "../ledger/queries/ends.ts";
import { eventsOfContainer, record } from "../ledger/queries/events.ts";
import { memberById } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { whoIsWarned } from "../members/admins.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { when } from "../sentence.ts";
import { promisedOf, waitersServedBy } from "../waitlist/line-now.ts";
import type { World } from "../world.ts";
import { type Decision, decide } from "./decide.ts";
import type { Verdict } from "./gate.ts";
import { idlenessNow, stillIdle, type Watch } from "./idleness.ts";
import type { Looked } from "./looked.ts";
import { stillNoShow } from "./no-shows.ts";
import type { Reach } from "./reach.ts";
import { armRemovals } from "./removal.ts";
import type { Spared } from "./spared.ts";
import type { Still } from "./still.ts";

/** What a round leaves: whether there is more to do at once, and else when something comes due. */
export type Swept = { isMore: boolean; next: Date | undefined };

/** So many containers are dealt with in a round, each in a transaction of its own: nobody waits long for the ledger. */
const mostInRound = 50;

/**
 * Looks at every end that is armed and does what is due: notices, stops, what exemptions change. Level-triggered: called
 * again it goes on, whatever happened between. One that fails keeps no other from its turn; the first fault is thrown at the
 * end. `noted` remembers from round to round which held ends are in their container's history already.
 */
export async function sweep(
  world: World,
  reach: () => Reach,
  noted: Set<string>,
  looked: Looked = new Map(),
): Promise<Swept> {
  await armWhatRunsWithout(world);
  await armRemovals(world);
  const { notices, night } = world.policy;
  const outside = () => ({ now: world.clock.now(), reach: reach(), notices, night });
  const seen = (await world.ledger.read((tx) => endings(tx))).map((ending) => ({
    id: ending.container.id,
    decision: decide(ending, outside()),
  }));
  const due = seen
    .filter(({ decision }) => decision.do !== "wait" && !noted.has(heldKey(decision)))
    .toSorted((a, b) => Number(a.decision.do === "hold") - Number(b.decision.do === "hold"));
  const faults: unknown[] = [];
  for (const { id } of due.slice(0, mostInRound)) {
    try {
      const done = await world.ledger.transaction(async (tx) => {
        const [ending] = await endings(tx, id);
        const still = ending && (await stillSo(tx, world, { reach, looked }, ending.ends[0]));
        const isWaitedFor = ending && (await isWaitedForNow(tx, world, ending));
        const decision = ending && decide({ ...ending, still, isWaitedFor }, outside());
        if (decision) await act(tx, world, id, decision);
        return decision;
      });
      if (done?.do === "hold") noted.add(heldKey(done));
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults[0];
  return { isMore: due.length > mostInRound, next: earliest(seen.map(({ decision }) => decision)) };
}

/** Read only where something is to be done: most rounds do nothing. */
async function stillSo(tx: Tx, world: World, watch: Watch, end: End | undefined): Promise<Still | undefined> {
  if (end?.reason === "no-show") return stillNoShow(tx, world, end);
  if (end?.reason !== "idle") return undefined;
  const [idleness] = await idlenessNow(tx, world, watch, end.containerId);
  return idleness ? stillIdle(idleness, world.clock.now()) : { is: "unknown", evidence: {} };
}

/** Only before the first notice does it matter. */
async function isWaitedForNow(tx: Tx, world: World, { container, told }: EndingRows): Promise<boolean> {
  if (told.length > 0) return true;
  const [view] = await containerViews(tx, [container.id]);
  if (!view || view.devices.length === 0) return false;
  const { devices } = view;
  return (
    (await waitersServedBy(tx, world, devices)) ||
    (await promisedOf(tx, world, container, devices)) !== undefined
  );
}

function heldKey(decision: Decision): string {
  return decision.do === "hold" ? `${decision.end.id} ${decision.verdict.held}` : "";
}

/** What ran before there were ends. */
async function armWhatRunsWithout(world: World): Promise<void> {
  const ids = await world.ledger.read((tx) =>
    withoutEnd(tx, { state: "running", reason: "end" }, mostInRound),
  );
  for (const id of ids) {
    await world.ledger.transaction(async (tx) => {
      const row = await containerById(tx, id);
      if (row?.state === "running" && row.wanted === "running") await armLate(tx, world, row);
    });
  }
}

/** In the transaction in which it was decided: what it was decided by is so. */
async function act(tx: Tx, world: World, containerId: number, decision: Decision): Promise<void> {
  const now = world.clock.now();
  if (decision.do === "wait") return;
  if (decision.do === "close") {
    const over = new Set(decision.ends.map(({ id }) => id));
    return closeEnds(tx, containerId, { at: now, which: ({ id }) => over.has(id) });
  }
  const [view] = await containerViews(tx, [containerId]);
  if (!view) return;
  if (decision.do === "move") return move(tx, world, decision);
  if (decision.do === "put-off") return putOff(tx, world, decision);
  if (decision.do === "hold") return noteHeld(tx, view, decision, now);
  if (decision.do === "tell") {
    const recipient = await whoIsWarned(tx, world, view.member);
    const row = { endId: decision.end.id, ...decision.step, writtenAt: now, recipient };
    const notice = await insertNotice(tx, row);
    if (notice) await tell(tx, recipient, { kind: "notice", noticeId: notice.id }, now);
    return;
  }
  if (decision.end.reason === "no-show")
    await updateContainer(tx, containerId, { placeKeptUntil: minutesFrom(now, placeKeptDays * 24 * 60) });
  await wishEnd(tx, view.member, view.container, {
    wanted: decision.end.reason === "remove" ? "retired" : "stopped",
    cause: decision.end.reason === "admin" ? "admin" : "end",
    actor: "berth",
    because: decision.end.because,
    at: now,
    evidence: decision.verdict.evidence,
    endId: decision.end.id,
  });
}

/** Whoever is exempt was told when it was set; where the end stands now is on the card. */
async function move(tx: Tx, world: World, { end, spared }: { end: End; spared: Spared }): Promise<void> {
  const by = spared.by && (await nameOf(tx, spared.by.setBy));
  const because = spared.by
    ? `${by} lets it run until then: ${spared.by.reason}`
    : "It may not run longer than its hours any more.";
  const evidence = spared.by
    ? { rule: "an exemption spares a container its end", exemptionId: spared.by.id }
    : { rule: "an exemption was taken back", exemptionTakenBack: end.evidence.exemptionId };
  await moveEnd(tx, world, end, { at: spared.to, because, evidence, actor: spared.by?.setBy ?? "berth" });
}

/** Its owner reads of it in the morning; the card and the board say so at once. */
async function putOff(tx: Tx, world: World, { end, to }: { end: End; to: Date }): Promise<void> {
  await moveEnd(tx, world, end, {
    at: to,
    because: `${end.because} It would have been ${when(end.at)}: nobody waited for it, so it was put off until the morning.`,
    evidence: {
      ...end.evidence,
      rule: "no end and no notice at night, unless somebody waits for what it holds",
      putOffAtNight: world.policy.night,
    },
    actor: "berth",
  });
}

async function nameOf(tx: Tx, actor: string): Promise<string> {
  const id = Number(/^member:(\d+)$/.exec(actor)?.[1]);
  const member = Number.isInteger(id) ? await memberById(tx, id) : undefined;
  return member?.handle ?? member?.name ?? "an admin";
}

/** Why an overdue end did not come: once for each cause. */
async function noteHeld(
  tx: Tx,
  { container }: ContainerView,
  { end, verdict }: { end: End; verdict: Verdict },
  now: Date,
): Promise<void> {
  const noted = (await eventsOfContainer(tx, container.id, 50)).some(
    ({ what, evidence }) =>
      what === "end-held" && evidence.endId === end.id && evidence.held === verdict.held,
  );
  if (noted) return;
  await record(tx, {
    at: now,
    what: "end-held",
    containerId: container.id,
    memberId: container.memberId,
    nodeId: container.nodeId,
    actor: "berth",
    because: heldInWords[verdict.held ?? "no-receipt"] ?? "It goes on for the moment.",
    evidence: { ...verdict.evidence, endId: end.id },
  });
}

const heldInWords: Partial<Record<NonNullable<Verdict["held"]>, string>> = {
  "slack-is-away": "It was to end and goes on: Slack is away, so nobody could answer.",
  "slack-just-came-back": "It was to end and goes on for two minutes: Slack was away for a moment.",
  unsettled:
    "It was to end and goes on for a quarter of an hour: first the bot must have been there that long.",
  "not-known": "It was to end and goes on: nobody can say at the moment whether it is used.",
  "not-so-any-more": "It was to end and goes on: what it was to end for is not so any more.",
  "no-receipt": "It was to end and goes on: its last notice has not arrived yet.",
};

function earliest(decisions: readonly Decision[]): Date | undefined {
  return decisions
    .flatMap((decision) => ("next" in decision && decision.next ? [decision.next] : []))
    .toSorted((a, b) => a.getTime() - b.getTime())[0];
}
