import { expect, test } from "vitest";
import { createProgressPace } from "./progress-pace.ts";

function pace() {
  let ms = 0;
  const made = createProgressPace({ monotonicMs: () => ms });
  return { ...made, pass: (seconds: number) => (ms += seconds * 1000) };
}

test("what was never drawn is drawn at once, and then every three seconds", () => {
  const { waitMs, drawn, pass } = pace();
  expect(waitMs(1)).toBe(0);
  drawn(1);
  expect(waitMs(1)).toBe(3_000);
  pass(2);
  expect(waitMs(1)).toBe(1_000);
  pass(1);
  expect(waitMs(1)).toBe(0);
});

test("of four builds each is drawn every twelve seconds: together they take no more edits than one", () => {
  const { waitMs, drawn } = pace();
  for (const build of [1, 2, 3, 4]) drawn(build);
  expect(waitMs(2)).toBe(12_000);
});

test("builds that are over slow the others down for a minute and no longer", () => {
  const { waitMs, drawn, pass } = pace();
  for (const build of [1, 2, 3]) drawn(build);
  pass(61);
  drawn(1);
  expect(waitMs(1)).toBe(3_000);
});
