import type { Sample } from "./reading.ts";

export const minuteMs = 60_000;
/** Between samples further apart than this nothing is worked out: four of them were missed. */
const bridgedMs = 65_000;
/** The clock and the one that nobody sets differ by more: the clock was set. */
const jumpMs = 60_000;
/** So much of a minute must lie between samples for it to be known. */
const coveredMs = 40_000;

/**
 * What a counter went on by in the minute that begins there; what was used between two samples is spread evenly over the
 * time between them. Not known: too little of the minute lies between samples, or the counter began anew in it. `amount` is
 * then what was seen.
 */
export function usedIn(
  minute: number,
  samples: readonly Sample[],
  counter: (sample: Sample) => number | undefined,
): { amount: number; isKnown: boolean } {
  let amount = 0;
  let covered = 0;
  let beganAnew = false;
  for (const [a, b] of pairs(samples.filter((one) => counter(one) !== undefined))) {
    if (!joined(a, b)) continue;
    const elapsed = b.monotonicMs - a.monotonicMs;
    const end = b.at.getTime();
    const within = Math.min(end, minute + minuteMs) - Math.max(end - elapsed, minute);
    if (within <= 0) continue;
    const used = counter(b)! - counter(a)!;
    if (a.life !== b.life || used < 0) {
      beganAnew = true;
      continue;
    }
    amount += (used * within) / elapsed;
    covered += within;
  }
  const isKnown = covered >= coveredMs && !beganAnew;
  return { amount: isKnown ? (amount * minuteMs) / covered : amount, isKnown };
}

/** Near enough to say what was between them. */
export function joined(a: Sample, b: Sample): boolean {
  const elapsed = b.monotonicMs - a.monotonicMs;
  return elapsed > 0 && elapsed <= bridgedMs && !jumped(a, b);
}

export function jumped(a: Sample, b: Sample): boolean {
  const byClock = b.at.getTime() - a.at.getTime();
  return Math.abs(byClock - (b.monotonicMs - a.monotonicMs)) > jumpMs;
}

export function pairs<T>(list: readonly T[]): [T, T][] {
  return list.slice(1).map((b, i) => [list[i]!, b]);
}

/** The beginning of the minute it is in. */
export function minuteOf(instant: Date): number {
  return Math.floor(instant.getTime() / minuteMs) * minuteMs;
}
