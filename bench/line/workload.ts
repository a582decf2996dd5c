import { makeDice } from "./dice.ts";

/** Somebody who will ask, and how long they will stay: what no rule knows before. */
export type Asking = {
  member: number;
  gpus: number;
  /** Asked for. */
  hours: number;
  /** Of those, what is really used: some leave early. */
  usedHours: number;
  atMs: number;
};

export const gpus = 4;
export const members = 20;
const hourMs = 3_600_000;
const widestShare = 0.12;
/** So many stay to the end, the others leave at any time before, after a first twentieth. */
const stayToTheEnd = 0.7;
const leastShareUsed = 0.05;
const meanHours = 14;
const meanShareUsed = stayToTheEnd + ((1 - stayToTheEnd) * (1 + leastShareUsed)) / 2;

/**
 * A lab's month: 20 members who ask at any hour for 4 to 24 hours, 12 % for all four GPUs and the others for one. `load`: the
 * GPU-hours that will be used, of those there are.
 */
export function workload({ load, days, seed }: { load: number; days: number; seed: number }): Asking[] {
  const dice = makeDice(seed);
  const meanGpuHours = (widestShare * gpus + (1 - widestShare)) * meanHours * meanShareUsed;
  const meanGapMs = (meanGpuHours / (gpus * load)) * hourMs;
  const askings: Asking[] = [];
  for (let atMs = gap(dice, meanGapMs); atMs < days * 24 * hourMs; atMs += gap(dice, meanGapMs)) {
    const hours = Math.round(4 + dice() * 20);
    askings.push({
      member: Math.floor(dice() * members),
      gpus: dice() < widestShare ? gpus : 1,
      hours,
      usedHours: dice() < stayToTheEnd ? hours : hours * (leastShareUsed + (1 - leastShareUsed) * dice()),
      atMs,
    });
  }
  return askings;
}

/** Whoever asks does not know of the others: gaps are exponential. */
function gap(dice: () => number, mean: number): number {
  return -Math.log(1 - dice()) * mean;
}
