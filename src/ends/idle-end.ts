import { later, minutesFrom } from "../policy/notice-times.ts";

/** Whoever is asked to leave has this long to say no, whatever was before. */
const leastMinutes = 60;

/** A container that is free on demand. */
export type Reclaimable = { containerId: number; since: Date };

/** When one that is free on demand ends although nobody waits: late, and never without its notices. */
export function idleEndAt(since: Date, { now, idleCapHours }: { now: Date; idleCapHours: number }): Date {
  return later(minutesFrom(since, idleCapHours * 60), idleEndForWaiters(now));
}

/** When one ends for which somebody waits. */
export function idleEndForWaiters(now: Date): Date {
  return minutesFrom(now, leastMinutes);
}

/** Sets of so many, of so many that were idle the longest, are all tried; beyond that the first that will do. */
const mostTogether = 3;
const mostTried = 24;

/**
 * Who is asked to leave for somebody who waits: as few containers as suffice, among equals the longest idle. `serves`: whether
 * the one who waits would be served with what these hold besides what is free; more never serve less. None: not even all
 * of them would do, so nobody is asked.
 */
export function fewestThatServe<T extends Reclaimable>(
  reclaimable: readonly T[],
  serves: (chosen: readonly T[]) => boolean,
): readonly T[] {
  const longestFirst = reclaimable.toSorted(
    (a, b) => a.since.getTime() - b.since.getTime() || a.containerId - b.containerId,
  );
  if (serves([]) || !serves(longestFirst)) return [];
  const tried = longestFirst.slice(0, mostTried);
  for (let size = 1; size <= mostTogether; size++)
    for (const chosen of setsOf(tried, size)) if (serves(chosen)) return chosen;
  let chosen: readonly T[] = longestFirst;
  for (const one of longestFirst.toReversed()) {
    const without = chosen.filter((other) => other !== one);
    if (serves(without)) chosen = without;
  }
  return chosen;
}

/** In an order in which those with the first come first. */
function* setsOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  if (size === 0) return yield [];
  for (const [i, first] of list.entries())
    for (const others of setsOf(list.slice(i + 1), size - 1)) yield [first, ...others];
}
