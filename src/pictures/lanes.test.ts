import { expect, test } from "vitest";
import { type DrawnMinute, gapsIn, type LanesOf, lanesOf } from "./lanes.ts";

const start = Date.parse("2026-11-27T10:00:00Z");
const at = (minute: number) => new Date(start + minute * 60_000);

const busy = { id: "GPU-0", sign: "active" as const, usePercent: 80, memoryMiB: 20_480 };
const minute = (n: number, over: Partial<DrawnMinute> = {}): DrawnMinute => ({
  at: at(n),
  devices: [busy],
  cpuSeconds: 120,
  memoryMiB: 4096,
  failed: [],
  ...over,
});

const a100 = { id: "GPU-0", name: "GPU 0", memoryMiB: 40_960 };
function drawn(minutes: DrawnMinute[], over: Partial<LanesOf> = {}) {
  const lanes = lanesOf({
    minutes,
    from: at(0),
    to: at(4),
    devices: [a100],
    cpus: 16,
    memoryGiB: 32,
    ...over,
  });
  return Object.fromEntries(lanes.map(({ title, ...lane }) => [title, lane]));
}
const values = (
  lane: { lines: readonly { points: readonly { y: number | null }[] }[] } | undefined,
  line = 0,
) => lane?.lines[line]?.points.map(({ y }) => y);

test("a minute that nobody looked at is not known, in every strip", () => {
  const lanes = drawn([minute(0), minute(1), minute(3)]);
  expect(values(lanes["GPU use"])).toEqual([80, 80, null, 80]);
  expect(values(lanes["GPU memory"])).toEqual([20, 20, null, 20]);
  expect(values(lanes.CPU)).toEqual([2, 2, null, 2]);
  expect(values(lanes.Memory)).toEqual([4, 4, null, 4]);
});

test("a reading that failed is not known, the others of its minute are", () => {
  const lanes = drawn([
    minute(0, { failed: ["cpu"], cpuSeconds: 3 }),
    minute(1, { devices: [{ ...busy, sign: "unknown", usePercent: 0, memoryMiB: null }], failed: ["gpu"] }),
    minute(2, { memoryMiB: null }),
    minute(3, { devices: [{ ...busy, sign: "idle", usePercent: 0, memoryMiB: 0 }], cpuSeconds: 0 }),
  ]);
  expect(values(lanes.CPU)).toEqual([null, 2, 2, 0]);
  expect(values(lanes["GPU use"])).toEqual([80, null, 80, 0]);
  expect(values(lanes["GPU memory"])).toEqual([20, null, 20, 0]);
  expect(values(lanes.Memory)).toEqual([4, 4, null, 4]);
});

test("each of several devices has a line with its name", () => {
  const second = { id: "GPU-1", name: "GPU 1", memoryMiB: 40_960 };
  const lanes = drawn([minute(0, { devices: [busy, { ...busy, id: "GPU-1", usePercent: 5 }] })], {
    devices: [a100, second],
  });
  expect(lanes["GPU use"]?.lines.map(({ name }) => name)).toEqual(["GPU 0", "GPU 1"]);
  expect(values(lanes["GPU use"], 1)).toEqual([5, null, null, null]);
});

test("of a slice, which tells no use, busy and idle are shown", () => {
  const slice = (sign: "active" | "idle" | "unknown") => ({
    devices: [{ ...busy, sign, usePercent: null }],
  });
  const lanes = drawn([minute(0, slice("active")), minute(1, slice("idle")), minute(2, slice("unknown"))]);
  expect(values(lanes.GPU)).toEqual([100, 0, null, null]);
  expect(lanes.GPU?.marks.map(({ label }) => label)).toEqual(["idle", "busy"]);
});

test("without a device there is the CPU and the memory", () => {
  expect(Object.keys(drawn([minute(0, { devices: [] })], { devices: [] }))).toEqual(["CPU", "Memory"]);
});

test("the strip of the CPU ends where its use does, not at a limit that it never meets", () => {
  expect(drawn([minute(0)]).CPU).toMatchObject({ of: "of 16 cores", top: 2 });
});

test("gaps go from the edge of a minute to the edge of another", () => {
  const line = drawn([minute(0), minute(3)]).CPU!.lines[0]!;
  expect(gapsIn(line.points)).toEqual([{ from: at(1).getTime(), to: at(3).getTime() }]);
});
