import { expect, test } from "vitest";
import { inWords } from "./happened.ts";
import { actions, isLong, limitMs, liveAll, runs, seed } from "./live.ts";

test(`the law holds at every instant with two that write at once: ${runs} runs of ${actions} actions, seed ${seed}`, {
  timeout: limitMs,
}, async () => {
  const happened = await liveAll(2);
  console.info(`Two bots at once, ${runs} runs of ${actions} actions, seed ${seed}: ${inWords(happened)}.`);
  const often = ["granted", "promise-made", "extended", "drain-begun", "end done"];
  const seldom = [
    ...[
      "promise-kept",
      "promise-missed",
      "passed over at a limit",
      "end-held",
      "admin done",
      "pause-begun",
      "put-first",
    ],
    ...["swapped", "device-lost", "kill"],
  ];
  for (const what of isLong ? [...often, ...seldom] : often)
    expect(happened.get(what) ?? 0, what).toBeGreaterThan(0);
});
