import fc from "fast-check";
import { expect, test } from "vitest";
import { corpus } from "./corpus.ts";
import { generated, untrue } from "./generate.ts";
import { type Seen, wrongs } from "./right.ts";
import { trace } from "./trace.ts";

const minuteMs = 60_000;
const hour = 60 * minuteMs;

test("each trace has a name of its own, a reason, and a verdict within its time", () => {
  expect(corpus.length).toBeGreaterThanOrEqual(60);
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
  for (const { name, why, stretches, right } of corpus) {
    expect(why, name).toMatch(/^[A-Z0-9].*\.$/);
    const endsMs = stretches.at(-1)!.toMs;
    for (const { fromMs, toMs } of [...right.free, ...right.unknown]) {
      expect(toMs, name).toBeGreaterThan(fromMs);
      expect(toMs, name).toBeLessThanOrEqual(endsMs);
    }
  }
});

test("a line that can't be read, and one that does not go on, are refused", () => {
  const told = (lines: string) => () => trace({ name: "x", why: "", lines, free: "never" });
  expect(told("08:00–09:00 gpu 20, tpu 3")).toThrow("what is “tpu 3”?");
  expect(told("08:00–09:00 gpu 20\n09:10–10:00 nothing")).toThrow("does not go on");
  expect(told("08:00–09:00 gpu 20\n09:00 coffee")).toThrow("what is “coffee”?");
  expect(told("whenever")).toThrow("says neither");
});

test("what a line says is what is so", () => {
  const { stretches, happenings } = trace({
    name: "x",
    why: "",
    lines:
      "08:00–26:30 trains: 3 min (gpu 95/?, 2 GB, cpu 1.5) then 20 s (no gpu, no net)\n09:00 clock -0.5 min",
    free: "never",
  });
  expect(stretches).toMatchObject([
    {
      fromMs: 8 * hour,
      toMs: 26.5 * hour,
      turns: [
        {
          forMs: 180_000,
          state: { gpuPercent: [95, undefined], gpuMemoryMiB: 2048, cpuCores: 1.5, fails: [] },
        },
        { forMs: 20_000, state: { fails: ["gpu", "net"] } },
      ],
    },
  ]);
  expect(happenings).toEqual([{ atMs: 9 * hour, what: { clockByMs: -30_000 } }]);
});

const rested = trace({
  name: "x",
  why: "",
  lines: "08:00–12:00 nothing",
  free: "10:00–11:00 since 08:30",
  unknown: "11:10–12:00",
});
const seen = (atMs: number, is: Seen["is"], sinceMs?: number): Seen => ({
  atMs,
  is,
  isFree: sinceMs !== undefined,
  sinceMs,
});

test.each<[string, Seen, string[]]>([
  ["what is right is not wrong", seen(10.5 * hour, "idle", 8.5 * hour), []],
  ["it may take two minutes to be seen", seen(10 * hour + minuteMs, "idle"), []],
  [
    "a minute too early is wrong",
    seen(10 * hour - minuteMs, "idle", 8.5 * hour),
    ["09:59 is free on demand, and should not be"],
  ],
  [
    "and so is too late",
    seen(10 * hour + 2 * minuteMs, "busy"),
    ["10:02 is not free on demand (busy), and should be"],
  ],
  [
    "and so is idle since some other time",
    seen(10.5 * hour, "idle", 9 * hour),
    ["10:30 is idle since 09:00, and should be since 08:30"],
  ],
  [
    "and a verdict where nothing is known",
    seen(11.5 * hour, "idle"),
    ["11:30 is idle, and should be unknown"],
  ],
  ["and none where all is known", seen(9 * hour, "unknown"), ["09:00 is unknown, and should not be"]],
])("%s", (_sentence, one, wrong) => {
  expect(wrongs(rested, [one])).toEqual(wrong);
});

test("what must hold of any trace is seen from its lines", () => {
  const worked = trace({
    name: "x",
    why: "",
    lines: "08:00–10:00 gpu 80\n10:00–12:00 nothing\n12:00–12:30 no gpu\n12:30–14:00 nothing",
    free: "never",
  });
  expect(untrue(worked, [seen(10.9 * hour, "idle", 9.9 * hour)])).toEqual([
    "10:54 free on demand although somebody worked",
  ]);
  expect(untrue(worked, [seen(11.5 * hour, "idle", 10 * hour)])).toEqual([]);
  expect(untrue(worked, [seen(11.5 * hour, "busy")])).toEqual(["11:30 not free on demand (busy)"]);
  expect(untrue(worked, [seen(12.75 * hour, "busy")])).toEqual([]);
  expect(untrue(worked, [seen(12.75 * hour, "idle", 10 * hour)])).toEqual([
    "12:45 free on demand although a long time was not seen",
    "12:45 free on demand although too much was not seen",
  ]);
});

test("a generated trace is one that could have been written", () => {
  fc.assert(
    fc.property(generated, ({ stretches, startedAtMs }) => {
      expect(stretches.length).toBeGreaterThanOrEqual(3);
      expect(startedAtMs).toBe(24 * hour);
    }),
    { numRuns: 50 },
  );
});
