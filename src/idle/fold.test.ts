import { expect, test } from "vitest";
import { besides, takeIn } from "./fold.ts";
import type { Minute } from "./minute.ts";
import type { DeviceReading, Sample, SliceProcess } from "./reading.ts";

const start = Date.parse("2026-11-27T10:00:00Z");

/** Samples of a container that rests, so many seconds after 10:00 each, changed as told. */
function samples(told: Record<number, Partial<Sample>>): Sample[] {
  const inOrder = Object.entries(told).map(([seconds, over]) => [Number(seconds), over] as const);
  inOrder.sort(([a], [b]) => a - b);
  return inOrder.map(([seconds, over]) => ({
    at: new Date(start + seconds * 1000),
    monotonicMs: seconds * 1000,
    life: "4711 since 09:00",
    devices: [whole(0)],
    cpuSeconds: 100,
    netBytes: 1000,
    memoryBytes: 2 * 1024 ** 3,
    inputAt: undefined,
    ...over,
  }));
}

const whole = (usePercent: number | undefined): DeviceReading => ({
  id: "GPU-0",
  is: "whole",
  usePercent,
  memoryMiB: usePercent === undefined ? undefined : 30_720,
});
const gpu = (usePercent: number | undefined) => ({ devices: [whole(usePercent)] });
const slice = (...processes: SliceProcess[]): Partial<Sample> => ({
  devices: [{ id: "MIG-0", is: "slice", memoryMiB: 9000, processes }],
});
const process = (memoryMiB: number | undefined, cpuSeconds: number | undefined, pid = 7): SliceProcess => ({
  pid,
  memoryMiB,
  cpuSeconds,
});
const unlisted: Partial<Sample> = {
  devices: [{ id: "MIG-0", is: "slice", memoryMiB: undefined, processes: undefined }],
};

/** The minute from 10:00 on, as it is when all of them were taken in one after the other. */
function folded(all: readonly Sample[]): Minute | undefined {
  let kept: readonly Sample[] = [];
  const minutes: Minute[] = [];
  for (const sample of all) {
    const taken = takeIn(kept, sample);
    kept = taken.kept;
    if (taken.done) minutes.push(taken.done);
  }
  return minutes.find(({ at }) => at.getTime() === start);
}

const quiet = { [-10]: {}, 5: {}, 20: {}, 35: {}, 50: {}, 65: {} };

test.each<[string, Record<number, Partial<Sample>>, Partial<Minute>]>([
  ["a quiet minute is known to the end", quiet, { failed: [], cpuSeconds: 0, bytes: 0, hasInput: false }],
  [
    "of a whole GPU the highest use counts",
    { ...quiet, 20: gpu(3), 35: gpu(88) },
    { devices: [{ id: "GPU-0", sign: "active", usePercent: 88, memoryMiB: 30_720 }] },
  ],
  [
    "a minute's devices are known by two of their four readings",
    { ...quiet, 20: gpu(undefined), 35: gpu(undefined) },
    { failed: [] },
  ],
  [
    "by one they are not",
    { ...quiet, 5: gpu(undefined), 20: gpu(undefined), 35: gpu(undefined) },
    { failed: ["gpu"] },
  ],
  [
    "unless the one shows use",
    { ...quiet, 5: gpu(undefined), 20: gpu(undefined), 35: gpu(undefined), 50: gpu(1) },
    { failed: [] },
  ],
  [
    "what was used between two samples is spread evenly between them",
    {
      [-10]: {},
      5: { cpuSeconds: 130 },
      20: { cpuSeconds: 130 },
      35: { cpuSeconds: 130 },
      50: { cpuSeconds: 130 },
      65: { cpuSeconds: 160 },
    },
    { cpuSeconds: 30, failed: [] },
  ],
  [
    "a counter goes on over samples that are missing",
    {
      [-10]: {},
      20: { cpuSeconds: undefined, netBytes: 1000 },
      35: { cpuSeconds: 145 },
      50: { cpuSeconds: 160 },
      65: { cpuSeconds: 175 },
    },
    { cpuSeconds: 60, failed: [] },
  ],
  [
    "not over more than a minute of them",
    { [-40]: {}, 30: { cpuSeconds: 400 }, 45: { cpuSeconds: 400 }, 60: { cpuSeconds: 400 } },
    { cpuSeconds: 0, failed: ["cpu", "net"] },
  ],
  ["a first sample is only where counting begins", { 30: {}, 45: {}, 60: {} }, { failed: ["cpu", "net"] }],
  [
    "in the minute in which its counters begin anew they are not known",
    {
      ...quiet,
      35: { life: "4999 since 10:00", cpuSeconds: 0 },
      50: { life: "4999 since 10:00", cpuSeconds: 1 },
      65: { life: "4999 since 10:00", cpuSeconds: 1 },
    },
    { failed: ["cpu", "net"] },
  ],
  [
    "a counter that is smaller than before is not known",
    { ...quiet, 35: { netBytes: 10 } },
    { failed: ["net"] },
  ],
  [
    "typed since the sample before is input",
    { ...quiet, 5: { inputAt: new Date(start - 60_000) }, 20: { inputAt: new Date(start + 9000) } },
    { hasInput: true },
  ],
  [
    "typed long ago is none",
    Object.fromEntries(Object.keys(quiet).map((at) => [at, { inputAt: new Date(start - 60_000) }])),
    { hasInput: false },
  ],
  [
    "a terminal that was opened is a person who came",
    { ...quiet, 20: { inputAt: new Date(start + 9000) } },
    { hasInput: true },
  ],
  [
    "a clock that was set severs the minute",
    {
      ...quiet,
      20: { monotonicMs: 120_000 },
      35: { monotonicMs: 135_000 },
      50: { monotonicMs: 150_000 },
      65: { monotonicMs: 165_000 },
    },
    { isSevered: true },
  ],
  [
    "one that was put right by seconds does not",
    { ...quiet, 20: { monotonicMs: 23_000 } },
    { isSevered: false },
  ],
])("%s", (_sentence, told, expected) => {
  expect(folded(samples(told))).toMatchObject(expected);
});

const onSlice = (told: Record<number, Partial<Sample>>) =>
  folded(samples({ ...each(slice(process(9000, 50))), ...told }));
const each = (over: Partial<Sample>) => Object.fromEntries(Object.keys(quiet).map((at) => [at, over]));

test.each<[string, Record<number, Partial<Sample>>, "active" | "idle" | "unknown"]>([
  ["a process that does nothing on a slice is idle", {}, "idle"],
  ["the list was read and nobody is in it: idle", each(slice()), "idle"],
  ["the list can't be read: unknown", each(unlisted), "unknown"],
  ["GPU memory that moves by 64 MiB is activity", { 35: slice(process(9064, 50)) }, "active"],
  ["that moves by less is none", { 35: slice(process(9063, 50)) }, "idle"],
  [
    "0.05 cores on average are activity",
    { 50: slice(process(9000, 53.1)), 65: slice(process(9000, 53.1)) },
    "active",
  ],
  ["less is none", { 50: slice(process(9000, 52)), 65: slice(process(9000, 52)) }, "idle"],
  [
    "a process that comes is activity by its memory",
    { 50: slice(process(9000, 50), process(500, 0, 8)) },
    "active",
  ],
  ["and so is one that goes", { 50: slice(), 65: slice() }, "active"],
  [
    "a process of which nothing is told but that it is there is unknown",
    each(slice(process(9000, undefined))),
    "unknown",
  ],
  [
    "where a process's memory is not told the slice's own stands for it",
    each(slice(process(undefined, 50))),
    "idle",
  ],
])("on a slice: %s", (_sentence, told, sign) => {
  expect(onSlice(told)?.devices).toMatchObject([{ id: "MIG-0", sign, usePercent: null }]);
});

test("what lies ahead of a minute was written down before the clock was set back", () => {
  const minute = folded(samples(quiet))!;
  const after = (seconds: number) => new Date(start + seconds * 1000);
  expect(besides(undefined, minute).isSevered).toBe(false);
  expect(besides(after(-60), minute).isSevered).toBe(false);
  expect(besides(after(60), minute).isSevered).toBe(false);
  expect(besides(after(120), minute).isSevered).toBe(true);
});
