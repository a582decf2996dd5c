import { expect, test } from "vitest";
import { quietMinute } from "../../test/support/minute.ts";
import type { Minute } from "./minute.ts";
import { usedInWords, usedSince } from "./used.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 27, 12, minute));
const rest = [{ id: "GPU-0", sign: "idle" as const, usePercent: 0, memoryMiB: 1024 }];
const minute = (n: number, over: Partial<Minute> = {}): Minute =>
  quietMinute(at(n), { devices: rest, cpuSeconds: 3, ...over });

test("what was used since an instant, and not before it", () => {
  const busy = { devices: [{ id: "GPU-0", sign: "active" as const, usePercent: 90, memoryMiB: 2048 }] };
  expect(usedSince([minute(0, busy), minute(1), minute(2)], at(1))).toEqual({
    minutes: 2,
    mostUsePercent: 0,
    cores: 0.05,
    bytes: 0,
    hasInput: false,
    gpuMemoryMiB: 1024,
  });
  expect(usedSince([], at(0))).toMatchObject({
    minutes: 0,
    mostUsePercent: null,
    cores: 0,
    gpuMemoryMiB: null,
  });
});

test.each<[Partial<Minute>, number, string]>([
  [
    {},
    1,
    "Since then its GPU did nothing, its CPU used 0.05 cores on average, nothing went in or out and nobody typed.",
  ],
  [
    {
      bytes: 3 * 2 ** 20,
      hasInput: true,
      devices: [{ id: "MIG-0", sign: "idle", usePercent: null, memoryMiB: null }],
    },
    1,
    "Since then its CPU used 0.05 cores on average, 3 MB went in or out and somebody typed.",
  ],
  [
    { devices: [{ id: "GPU-0", sign: "active", usePercent: 40, memoryMiB: 1 }] },
    2,
    "Since then its GPUs did 40 % at most, its CPU used 0.05 cores on average, nothing went in or out and nobody typed.",
  ],
])("%j in words", (over, devices, words) => {
  expect(usedInWords(usedSince([minute(0, over)], at(0)), devices)).toBe(words);
});
