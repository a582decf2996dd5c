import { expect, test } from "vitest";
import { simulate } from "../../bench/line/simulate.ts";
import { workload } from "../../bench/line/workload.ts";
import { defaultPolicy } from "../../src/policy/policy.ts";

const { promise_after_h: promiseAfterHours, handicap_max_h: handicapMaxHours } = defaultPolicy().line;

test.each([0.7, 0.85, 1.0])(
  "two weeks of a lab at load %s: everybody gets a turn, and no promise is broken",
  (load) => {
    for (const seed of [1, 2, 3]) {
      const days = 14;
      const askings = workload({ load, days, seed });
      const seen = simulate(askings, days, {
        name: "shipped",
        promiseAfterHours,
        handicapMaxHours,
        tells: seed === 1,
      });
      const counted = askings.filter(({ atMs }) => atMs >= 3 * 24 * 3_600_000);
      expect(seen.waits).toHaveLength(counted.length);
      expect(seen.broken).toBe(0);
      if (seed === 1 && load > 0.8) expect(seen.promises).toBeGreaterThan(0);
    }
  },
);

test("the same seed is the same month", () => {
  expect(workload({ load: 0.85, days: 7, seed: 4 })).toEqual(workload({ load: 0.85, days: 7, seed: 4 }));
});
