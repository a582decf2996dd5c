import { expect } from "vitest";
import { inWords } from "./happened.ts";
import { actions, isLong, liveAll, onlyRun, runs, seed } from "./live.ts";

const often = ["granted", "promise-made", "extended", "drain-begun", "end done"];
const seldom = [
  "promise-kept",
  "promise-missed",
  "passed over at a limit",
  "end-held",
  "admin done",
  "pause-begun",
  "put-first",
  "swapped",
  "device-lost",
  "kill",
];

/** Lives all runs, which throw where the law is broken; and enough must have happened for that to mean something. */
export async function expectLaw(bots: 1 | 2): Promise<void> {
  const happened = await liveAll(bots);
  const who = bots === 1 ? "One bot" : "Two bots at once";
  if (onlyRun !== undefined) return;
  console.info(`${who}, ${runs} runs of ${actions} actions, seed ${seed}: ${inWords(happened)}.`);
  for (const what of isLong ? [...often, ...seldom] : often)
    expect(happened.get(what) ?? 0, what).toBeGreaterThan(0);
}
