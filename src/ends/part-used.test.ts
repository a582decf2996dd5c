import { expect, test } from "vitest";
import { quietMinute } from "../../test/support/minute.ts";
import type { Minute, Sign } from "../idle/minute.ts";
import { partUsed } from "./part-used.ts";

const m = (minutes: number) => new Date(Date.UTC(2026, 10, 27, 12) + minutes * 60_000);

/** `signs`: of each device in that minute, `a` active, `i` idle, `u` unknown. */
const minute = (at: number, signs: string): Minute =>
  quietMinute(m(at), {
    devices: [...signs].map((sign, i) => ({
      id: `gpu1/${i}`,
      sign: ({ a: "active", i: "idle", u: "unknown" } as Record<string, Sign>)[sign] ?? "unknown",
      usePercent: sign === "a" ? 80 : 0,
      memoryMiB: 0,
    })),
  });
const lasting = (minutes: number, signs: string) =>
  Array.from({ length: minutes }, (_, i) => minute(i - minutes, signs));

test.each<[string, Minute[], string[] | undefined]>([
  ["one of two worked for an hour, the other did nothing", lasting(60, "ai"), ["gpu1/1"]],
  ["one of four", lasting(60, "aiii"), ["gpu1/1", "gpu1/2", "gpu1/3"]],
  ["both worked", lasting(60, "aa"), undefined],
  ["each worked for a while", [...lasting(60, "ai").slice(0, 59), minute(-1, "ia")], undefined],
  ["neither worked: that is idleness, and judged as such", lasting(60, "ii"), undefined],
  ["there is but one", lasting(60, "a"), undefined],
  ["not for the whole hour", lasting(40, "ai"), undefined],
  ["the other could not be read", lasting(60, "au"), undefined],
  ["a few minutes could not be read", [...lasting(60, "ai").slice(0, 57), ...lasting(3, "au")], ["gpu1/1"]],
  ["nothing is known", [], undefined],
])("%s", (_sentence, minutes, rested) => {
  const facts = { now: m(0), startedAt: m(-600), idleTimeoutHours: 1 };
  expect(partUsed(minutes, facts)?.rested).toEqual(rested);
});

test("its first half hour counts for nothing", () => {
  const facts = { now: m(0), startedAt: m(-80), idleTimeoutHours: 1 };
  expect(partUsed(lasting(60, "ai"), facts)).toBeUndefined();
});
