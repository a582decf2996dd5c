import { projectOf } from "../container-name.ts";
import { armEnd, cancelEnd } from "../containers/armed-ends.ts";
import { usedSince } from "../idle/used.ts";
import type { Tx } from "../ledger/ledger.ts";
import { record } from "../ledger/queries/events.ts";
import { insertMark, staleMarks, updateMark } from "../ledger/queries/idle.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { noticeTimes } from "../policy/notice-times.ts";
import { when } from "../sentence.ts";
import { readLine } from "../waitlist/situation.ts";
import type { World } from "../world.ts";
import { type IdlePlan, idlePlan } from "./idle-plan.ts";
import { type Idleness, idlenessNow, type Watch } from "./idleness.ts";
import { tellPartUsed } from "./tell-part-used.ts";
import { whoLeaves } from "./who-leaves.ts";

/**
 * Judges whoever runs: what is idle for long is free on demand, its owner hears of it once, and it gets an end: in an hour if
 * somebody waits for what it holds, else late. What is used again, kept or exempt is let be. Each container is judged once
 * more in the transaction that writes it down. Level-triggered; the first fault is thrown at the end.
 */
export async function judgeIdleness(world: World, watch: Watch): Promise<void> {
  const { all, needed } = await world.ledger.read(async (tx) => {
    const seen = await idlenessNow(tx, world, watch);
    return { all: seen, needed: await neededOf(tx, world, seen) };
  });
  const faults: unknown[] = [];
  for (const one of all) {
    if (planOf(world, one, needed).do === "nothing") continue;
    try {
      await world.ledger.transaction(async (tx) => {
        const [now] = await idlenessNow(tx, world, watch, one.container.id);
        if (now) await act(tx, world, now, planOf(world, now, needed), needed);
      });
    } catch (error) {
      faults.push(error);
    }
  }
  for (const one of all) await tellPartUsed(world, one).catch((error: unknown) => faults.push(error));
  await endStaleMarks(world);
  if (faults.length > 0) throw faults[0];
}

/** Who is to leave for somebody, and for which containers that wait. */
type Needed = ReturnType<typeof whoLeaves>;

async function neededOf(tx: Tx, world: World, seen: readonly Idleness[]): Promise<Needed> {
  const leavers = seen
    .filter(({ judgement }) => judgement.isReclaimable)
    .flatMap(({ container, judgement, mark, end }) =>
      judgement.is === "idle"
        ? [
            {
              containerId: container.id,
              since: mark?.since ?? judgement.since,
              isAsked: end?.evidence.servedBy !== undefined,
            },
          ]
        : [],
    );
  if (leavers.length === 0) return { leaving: new Set(), servedBy: [] };
  const { situation } = await readLine(tx, world, { holders: true });
  return whoLeaves(situation, leavers);
}

function planOf(world: World, one: Idleness, { leaving }: Needed): IdlePlan {
  const facts = { ...one, isNeeded: leaving.has(one.container.id), mode: world.policy.idle_mode };
  return idlePlan(facts, world.clock.now());
}

async function act(tx: Tx, world: World, one: Idleness, plan: IdlePlan, needed: Needed): Promise<void> {
  const { container, mark, end } = one;
  const now = world.clock.now();
  switch (plan.do) {
    case "nothing":
      return;
    case "mark": {
      const { since, endsAt } = plan;
      const evidence = evidenceOf(one, needed, since);
      await insertMark(tx, {
        containerId: container.id,
        run: container.run,
        since,
        markedAt: now,
        endsAt,
        evidence,
      });
      const because = `Nothing was done with it since ${when(since)}: whoever needs what it holds may have it.`;
      await note(tx, world, one, "free-on-demand", because, { ...evidence, endsAt });
      if (world.policy.idle_mode === "observe") return;
      await arm(tx, world, one, plan, needed);
      // Else the first notice comes now, and says it all.
      if (noticeTimes(endsAt, world.policy.notices).first > now) await tellIdle(tx, one, plan, now);
      return;
    }
    case "move":
      if (mark) await updateMark(tx, mark.id, { since: plan.since, endsAt: plan.endsAt });
      if (world.policy.idle_mode === "stop") await arm(tx, world, one, plan, needed);
      return;
    case "observe":
      if (mark) await updateMark(tx, mark.id, { observedAt: now });
      return note(
        tx,
        world,
        one,
        "would-have-stopped",
        `It would have been stopped now: idle since ${when(mark?.since ?? now)}. Idleness is only observed, so it goes on.`,
        evidenceOf(one, needed, mark?.since ?? now),
      );
    case "spare":
      return spare(tx, world, one, "Idleness is only observed for the time being.");
    case "unmark": {
      const because = {
        used: "It was used again.",
        kept: "It is kept.",
        exempt: "It is exempt from idleness.",
      }[plan.because];
      if (mark) {
        await updateMark(tx, mark.id, { endedAt: now });
        await note(tx, world, one, "not-free-any-more", because, one.judgement.evidence);
      }
      if (end) await spare(tx, world, one, because);
    }
  }
}

async function arm(
  tx: Tx,
  world: World,
  one: Idleness,
  { since, endsAt }: { since: Date; endsAt: Date },
  needed: Needed,
): Promise<void> {
  const isNeeded = needed.leaving.has(one.container.id);
  const because = isNeeded
    ? `Idle since ${when(since)}, and somebody waits for what it holds.`
    : `Idle since ${when(since)}: nobody keeps what is idle for longer than ${one.idleCapHours} h.`;
  await armEnd(tx, world, one.container, {
    reason: "idle",
    at: endsAt,
    because,
    evidence: evidenceOf(one, needed, since),
    actor: "berth",
  });
}

async function spare(tx: Tx, world: World, { end }: Idleness, because: string): Promise<void> {
  if (!end) return;
  const evidence = { rule: "what is used, kept or exempt is not stopped for idleness" };
  await cancelEnd(tx, end, { at: world.clock.now(), because, evidence, actor: "berth" });
}

function evidenceOf(
  { container, judgement, minutes, idleCapHours }: Idleness,
  { leaving, servedBy }: Needed,
  since: Date,
): Record<string, unknown> {
  return {
    ...judgement.evidence,
    idleSince: since,
    idleCapHours,
    used: usedSince(minutes, since),
    ...(leaving.has(container.id) ? { servedBy } : {}),
  };
}

async function note(
  tx: Tx,
  world: World,
  { container }: Idleness,
  what: string,
  because: string,
  evidence: Record<string, unknown>,
): Promise<void> {
  const { id: containerId, memberId, nodeId } = container;
  const at = world.clock.now();
  await record(tx, { at, what, containerId, memberId, nodeId, actor: "berth", because, evidence });
}

/** Once for each time it is idle: where it stands, while there is time. */
async function tellIdle(
  tx: Tx,
  { container, member }: Idleness,
  { since, endsAt }: { since: Date; endsAt: Date },
  now: Date,
): Promise<void> {
  const containerId = container.id;
  await tell(
    tx,
    member.slackUserId,
    {
      kind: "note",
      containerId,
      text: `“${projectOf(container.name)}” is idle since ${when(since)}. You keep it until someone needs it, at the latest until ${when(endsAt)}.`,
      detail:
        "I write again an hour and a quarter of an hour before it is stopped. Use it, and all of this is off.",
      offers: [
        { kind: "keep", containerId },
        { kind: "stop", containerId },
        { kind: "why", containerId },
      ],
    },
    now,
  );
}

/** What stopped, or began anew, is free on demand no more. */
async function endStaleMarks(world: World): Promise<void> {
  const stale = await world.ledger.read(staleMarks);
  if (stale.length === 0) return;
  await world.ledger.transaction(async (tx) => {
    for (const { id } of await staleMarks(tx)) await updateMark(tx, id, { endedAt: world.clock.now() });
  });
}
