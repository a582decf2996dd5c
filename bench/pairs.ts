import type { Measured } from "./measured.ts";

/** Something to measure, and the least that it could cost. Each does its work once and answers the milliseconds it took. */
export type Pair = { name: string; ours(): Promise<number>; floor(): Promise<number> };

/**
 * Every pair once a round, for so many rounds after some that don't count. The two sides take turns at being first, and the
 * pairs at being next: so whatever else the machine does meets all of them alike.
 */
export async function inTurns(
  pairs: readonly Pair[],
  { rounds, warmUp, say }: { rounds: number; warmUp: number; say: (sentence: string) => void },
): Promise<Measured[]> {
  const measured = pairs.map(({ name }): Measured => ({ name, ours: [], floor: [] }));
  for (let round = -warmUp; round < rounds; round++) {
    if (round > 0 && round % Math.ceil(rounds / 4) === 0) say(`${round} of ${rounds} rounds`);
    for (const [index, pair] of pairs.entries()) {
      const sides = ["ours", "floor"] as const;
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const milliseconds = await pair[side]();
        if (round >= 0) measured[index]?.[side].push(milliseconds);
      }
    }
  }
  return measured;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
