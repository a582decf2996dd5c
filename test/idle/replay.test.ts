import fc from "fast-check";
import { expect, test } from "vitest";
import { corpus } from "./corpus.ts";
import { generated, untrue } from "./generate.ts";
import { replay } from "./replay.ts";
import { wrongs } from "./right.ts";

const isLong = process.env.BERTH_LONG === "1";
const seed = Number(process.env.BERTH_SEED ?? (isLong ? Date.now() % 2 ** 31 : 20_261_127));
const runs = isLong ? 3000 : 60;
/** How long after a quarter minute samples are taken. */
const phases = isLong ? [0, 7_000, 14_000] : [7_000];

/** The day on which summer time ends, and the one on which it begins: the first one's nights are in the corpus. */
const days = [new Date("2026-10-24T00:00:00Z"), new Date("2027-03-27T00:00:00Z")];

test.each(corpus.map((trace) => [trace.name, trace] as const))("%s", (_name, trace) => {
  for (const phaseMs of phases) expect(wrongs(trace, replay(trace, { day: days[0]!, phaseMs }))).toEqual([]);
});

test(`of any trace no work is taken for idleness, nothing unseen for either, and all idleness is found: ${runs} traces, seed ${seed}`, () => {
  fc.assert(
    fc.property(generated, fc.constantFrom(...days), fc.integer({ min: 0, max: 14 }), (trace, day, phase) => {
      expect(untrue(trace, replay(trace, { day, phaseMs: phase * 1000 }))).toEqual([]);
    }),
    { seed, numRuns: runs },
  );
});
