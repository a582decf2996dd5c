import type { Holder } from "../ledger/queries/holders.ts";
import type { Device } from "../ledger/schema.ts";
import { nextGrants, type Situation } from "../waitlist/next.ts";
import { fewestThatServe, idleEndForWaiters, type Reclaimable } from "./idle-end.ts";

/** A container that is free on demand; `isAsked`: it is to leave for somebody already. */
export type Leaver = Reclaimable & { isAsked: boolean };

/** Whoever stands further back in the line is looked at when the line is shorter. */
const mostWaiters = 50;

/**
 * Which of those that are free on demand are to leave, and for whose containers: nobody, unless somebody in the line is
 * served by what they hold and would not be by what is free, or will be within the time it takes to ask. Whoever was asked
 * and is needed stays asked; whoever is not needed any more is let be.
 */
export function whoLeaves(
  situation: Situation,
  leavers: readonly Leaver[],
): { leaving: ReadonlySet<number>; servedBy: readonly number[] } {
  const soon = situation.holders
    .filter((one) => leavesSoon(one, situation.now))
    .map((one) => one.containerId);
  const served = (chosen: readonly Leaver[]) =>
    servedIn(without(situation, [...soon, ...chosen.map(({ containerId }) => containerId)]));
  const anyway = served([]);
  let chosen = leavers.filter(({ isAsked }) => isAsked);
  for (const { id } of situation.line.slice(0, mostWaiters)) {
    const rest = leavers.filter((one) => !chosen.includes(one));
    if (rest.length === 0) break;
    if (served(chosen).has(id)) continue;
    chosen = [...chosen, ...fewestThatServe(rest, (some) => served([...chosen, ...some]).has(id))];
  }
  // The shortest idle is let go on first.
  const asked = chosen
    .filter(({ isAsked }) => isAsked)
    .toSorted((a, b) => b.since.getTime() - a.since.getTime());
  for (const one of asked) {
    const others = chosen.filter((other) => other !== one);
    const without = served(others);
    if ([...served(chosen)].every((id) => without.has(id))) chosen = others;
  }
  return {
    leaving: new Set(chosen.map(({ containerId }) => containerId)),
    servedBy: [...served(chosen)].filter((id) => !anyway.has(id)),
  };
}

/** What it holds is free before anybody who is asked now would have gone. */
function leavesSoon({ state, wanted, endsAt, gpuKeptUntil, isExempt }: Holder, now: Date): boolean {
  const by = idleEndForWaiters(now);
  if (state === "stopping" || wanted !== "running")
    return state !== "stopped" || (gpuKeptUntil !== null && gpuKeptUntil <= by);
  return !isExempt && endsAt !== null && endsAt <= by;
}

function servedIn(situation: Situation): Set<number> {
  return new Set(nextGrants(situation).grants.map(({ container }) => container.id));
}

/** As if those had gone: what they hold is free, and does not count against their members any more. */
function without(situation: Situation, containerIds: readonly number[]): Situation {
  const gone = situation.holders.filter(({ containerId }) => containerIds.includes(containerId));
  if (gone.length === 0) return situation;
  const { supply } = situation;
  const memoryOn = (nodeId: string) =>
    sum(
      gone.filter((one) => one.nodeId === nodeId),
      "memoryGiB",
    );
  const uses = Object.entries(supply.uses).map(([memberId, use]) => {
    const own = gone.filter((one) => one.memberId === Number(memberId));
    return [
      memberId,
      {
        ...use,
        gpuEquivalents: use.gpuEquivalents - sum(own, "gpuEquivalents"),
        memoryGiB: use.memoryGiB - sum(own, "memoryGiB"),
      },
    ] as const;
  });
  return {
    ...situation,
    holders: situation.holders.filter((one) => !gone.includes(one)),
    supply: {
      ...supply,
      nodes: supply.nodes.map((node) => ({ ...node, memoryUsedGiB: node.memoryUsedGiB - memoryOn(node.id) })),
      free: [...supply.free, ...gone.flatMap(({ devices }) => devices)].toSorted(asRead),
      uses: Object.fromEntries(uses),
    },
  };
}

function sum(holders: readonly Holder[], what: "memoryGiB" | "gpuEquivalents"): number {
  return holders.reduce((all, one) => all + one[what], 0);
}

/** In the order in which the ledger gives free devices. */
function asRead(a: Device, b: Device): number {
  return (
    a.nodeId.localeCompare(b.nodeId) || a.gpuIndex - b.gpuIndex || (a.sliceIndex ?? 0) - (b.sliceIndex ?? 0)
  );
}
