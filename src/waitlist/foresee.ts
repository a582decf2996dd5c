import type { Holder } from "../ledger/queries/holders.ts";
import type { Use } from "../ledger/queries/line.ts";
import type { Container, Device } from "../ledger/schema.ts";
import { everRefused, weightOf } from "./fit.ts";
import { cleanUpMs, leavesBy, leavesEarly, startLimitMs } from "./leave.ts";
import { nextGrants, type Situation } from "./next.ts";
import { type Foreseen, horizonMs, type Range, rangeOf } from "./range.ts";

const minute = 60_000;
/** What happens within so long is looked at together: a range is told in quarters of an hour anyway. */
const coarseMs = 5 * minute;

/**
 * When it will be everybody's turn, by two runs of the very function that grants: in one nobody leaves before the end, in
 * the other everybody leaves after `share` of the hours. Nobody comes who is not in the line yet.
 */
export function foresee(situation: Situation, share: number): Map<number, Range> {
  const { line, promised, now } = situation;
  const late = run(situation, stayingToTheEnd);
  const early = run(situation, leavingAfter(share));
  return new Map(
    line.flatMap((container) => {
      const { id } = container;
      // Of what can never start as it is nothing can be foreseen.
      if (everRefused(container, situation.limitsOfMember(container.memberId))) return [];
      const isIts = promised?.containerId === id;
      const foreseen: Foreseen = {
        early: early.granted.get(id),
        late: late.granted.get(id),
        isOpenEnded: late.isOpenEnded,
        promisedBy: isIts ? promised.at : undefined,
        ...(isIts ? { isLate: promised.isLate } : {}),
      };
      return [[id, rangeOf(foreseen, now)] as const];
    }),
  );
}

type Leaves = (holder: Holder, now: Date) => Date | null;

/** Its end, and the time in which devices are emptied. */
const stayingToTheEnd: Leaves = (holder, now) => {
  const by = leavesBy(holder, now);
  return by && new Date(by.getTime() + cleanUpMs);
};

const leavingAfter =
  (share: number): Leaves =>
  (holder, now) =>
    leavesEarly(holder, now, share);

type Staying = { holder: Holder; leaves: Date | null };

/** The instant of each grant within the horizon; `isOpenEnded`: somebody holds something and nobody can say how long. */
function run(start: Situation, leaves: Leaves): { granted: Map<number, Date>; isOpenEnded: boolean } {
  const granted = new Map<number, Date>();
  const until = start.now.getTime() + horizonMs;
  let staying: Staying[] = start.holders.map((holder) => ({ holder, leaves: leaves(holder, start.now) }));
  let situation = start;
  // Each round ends with a grant or with somebody's leaving: at the latest when all have left.
  const mostRounds = horizonMs / coarseMs;
  for (let round = 0; round <= mostRounds; round++) {
    const { grants, promising } = nextGrants(situation);
    const { now } = situation;
    for (const { container } of grants) granted.set(container.id, now);
    const begun = grants.map(({ container, nodeId, devices, limits }) =>
      asHolder(container, nodeId, devices, limits.memoryGiB, situation),
    );
    staying = [...staying, ...begun.map((holder) => ({ holder, leaves: leaves(holder, now) }))];
    const line = situation.line.filter(({ id }) => !granted.has(id));
    const next = Math.min(
      ...staying.flatMap((one) => (one.leaves ? [Math.max(one.leaves.getTime(), now.getTime())] : [])),
    );
    if (line.length === 0 || next > until) break;
    const then = new Date(Math.max(next, Math.ceil(next / coarseMs) * coarseMs, now.getTime() + 1));
    const leaving = staying.filter((one) => one.leaves !== null && one.leaves <= then);
    staying = staying.filter((one) => !leaving.includes(one));
    situation = {
      ...situation,
      line,
      now: then,
      promised: promising.open,
      holders: staying.map(({ holder }) => holder),
      supply: afterwards(
        situation,
        begun,
        leaving.map(({ holder }) => holder),
      ),
    };
  }
  return { granted, isOpenEnded: staying.some((one) => one.leaves === null) };
}

function asHolder(
  container: Container,
  nodeId: string,
  devices: Device[],
  memoryGiB: number,
  { exempt, now }: Situation,
): Holder {
  const isExempt = exempt?.has(container.id) ?? false;
  return {
    containerId: container.id,
    memberId: container.memberId,
    nodeId,
    state: "running",
    stateSince: now,
    wanted: "running",
    wantedBy: "owner",
    hours: container.hours,
    grantedAt: now,
    endsAt: isExempt ? null : new Date(now.getTime() + startLimitMs + container.hours * 60 * minute),
    gpuKeptUntil: null,
    devices,
    gpuEquivalents: weightOf(devices),
    memoryGiB,
    adminEndsAt: null,
    isExempt,
  };
}

/** What there is after these were given theirs and those have left. Their containers still count: they are stopped, not gone. */
function afterwards(
  { supply }: Situation,
  begun: readonly Holder[],
  left: readonly Holder[],
): Situation["supply"] {
  const taken = new Set(begun.flatMap(({ devices }) => devices.map(({ id }) => id)));
  const free = supply.free.filter(({ id }) => !taken.has(id));
  const uses: Record<string, Use> = { ...supply.uses };
  const change = (holder: Holder, sign: 1 | -1) => {
    const use = uses[holder.memberId];
    if (!use) return;
    uses[holder.memberId] = {
      gpuEquivalents: use.gpuEquivalents + sign * holder.gpuEquivalents,
      containers: use.containers + (sign === 1 ? 1 : 0),
      memoryGiB: use.memoryGiB + sign * holder.memoryGiB,
    };
  };
  for (const holder of begun) change(holder, 1);
  for (const holder of left) change(holder, -1);
  const memory = (nodeId: string, of: readonly Holder[]) =>
    of.filter((one) => one.nodeId === nodeId).reduce((sum, { memoryGiB }) => sum + memoryGiB, 0);
  return {
    ...supply,
    free: [...free, ...left.flatMap(({ devices }) => devices)],
    uses,
    nodes: supply.nodes.map((node) => ({
      ...node,
      memoryUsedGiB: node.memoryUsedGiB + memory(node.id, begun) - memory(node.id, left),
    })),
  };
}
