import { expect, test } from "vitest";
import { quietMinute } from "../../../test/support/minute.ts";
import type { Minute } from "../../idle/minute.ts";
import { strip } from "./strip.ts";

const now = new Date("2026-11-27T12:00:00Z");
const minutes = (from: number, to: number, over: Partial<Minute> = {}): Minute[] =>
  Array.from({ length: from - to }, (_, i) =>
    quietMinute(new Date(now.getTime() - (from - i) * 60_000), over),
  );

test("six hours in quarters: used, used in part, not used, and what nobody saw", () => {
  const seen = [
    ...minutes(300, 240, { cpuSeconds: 60 }),
    ...minutes(240, 233, { cpuSeconds: 60 }),
    ...minutes(233, 15),
  ];
  expect(strip(seen, now)).toBe(`????████▅${"▁".repeat(14)}?`);
});

test("a reading that failed is no rest", () => {
  expect(strip(minutes(15, 0, { failed: ["gpu"] }), now).at(-1)).toBe("?");
});
