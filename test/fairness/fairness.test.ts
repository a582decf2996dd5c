import { test } from "vitest";
import { expectLaw } from "./expect-law.ts";
import { actions, limitMs, runs, seed } from "./live.ts";

test(
  `the law holds at every instant with one bot: ${runs} runs of ${actions} actions, seed ${seed}`,
  { timeout: limitMs },
  () => expectLaw(1),
);
