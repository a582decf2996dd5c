import { expect, test } from "vitest";
import { type MemoryHost, memoryHost } from "../host/memory.ts";
import type { Device } from "../ledger/schema.ts";
import { inventory, type Known, processesOn } from "./inventory.ts";

const start = new Date("2026-01-05T09:00:00Z");
const clock = { now: () => start };
const ours = "a".repeat(64);
const theirs = "b".repeat(64);

/** Reads and writes as a loop would, as many rounds as it is told. */
async function rounds(host: MemoryHost, rows: Map<string, Device>, times: number, more: Partial<Known> = {}) {
  let last: ReturnType<typeof inventory> = { rows: [], moved: [] };
  for (let i = 0; i < times; i++) {
    const known = {
      nodeId: "gpu1",
      now: start,
      devices: [...rows.values()],
      held: new Set<string>(),
      ours: new Set([ours]),
      foreign: new Map<string, string>(),
      ...more,
    };
    last = inventory(await host.readGpus(), known);
    for (const row of last.rows) rows.set(row.id, row);
  }
  return {
    ...last,
    states: Object.fromEntries(
      [...rows.values()].map((row) => [
        row.sliceIndex === null ? `gpu${row.gpuIndex}` : `gpu${row.gpuIndex}.${row.sliceIndex}`,
        row.state,
      ]),
    ),
  };
}

test("the first reading makes a row of every GPU and slice", async () => {
  const host = memoryHost({ gpus: [{}, { slices: ["3g.20gb", "2g.10gb", "1g.5gb"] }], clock });
  const { rows } = await rounds(host, new Map(), 1);
  expect(
    rows.map(({ sliceIndex, profile, part, weight, state }) => [sliceIndex, profile, part, weight, state]),
  ).toEqual([
    [null, null, "[0,8)", 1, "ok"],
    [0, "3g.20gb", "[4,8)", 3 / 7, "ok"],
    [1, "2g.10gb", "[0,2)", 2 / 7, "ok"],
    [2, "1g.5gb", "[2,3)", 1 / 7, "ok"],
  ]);
});

test("a reading that says the same writes nothing", async () => {
  const host = memoryHost({ gpus: [{}, { slices: ["3g.20gb"] }], clock });
  expect(await rounds(host, new Map(), 2)).toMatchObject({ rows: [], moved: [] });
});

test("a GPU is lost when it is missing in three readings in a row, not before", async () => {
  const host = memoryHost({ gpus: 2, clock });
  const rows = new Map<string, Device>();
  await rounds(host, rows, 1);
  host.vanish(host.deviceIds()[0]!);
  expect((await rounds(host, rows, 2)).states).toEqual({ gpu0: "ok", gpu1: "ok" });
  expect((await rounds(host, rows, 1)).moved).toMatchObject([
    { from: "ok", because: "GPU 0 was missing in 3 readings in a row." },
  ]);
  expect(await rounds(host, rows, 5)).toMatchObject({ rows: [], states: { gpu0: "lost", gpu1: "ok" } });
});

test("missing readings count only in a row", async () => {
  const host = memoryHost({ gpus: 1, clock });
  const rows = new Map<string, Device>();
  const [gpu] = host.deviceIds();
  await rounds(host, rows, 1);
  for (let i = 0; i < 3; i++) {
    host.vanish(gpu!);
    await rounds(host, rows, 2);
    host.comeBack(gpu!);
    await rounds(host, rows, 1);
  }
  expect([...rows.values()][0]).toMatchObject({ state: "ok", missedReadings: 0 });
});

test("a lost GPU that is seen again can be given again", async () => {
  const host = memoryHost({ gpus: 1, clock });
  const rows = new Map<string, Device>();
  await rounds(host, rows, 1);
  host.vanish(host.deviceIds()[0]!);
  await rounds(host, rows, 3);
  host.comeBack(host.deviceIds()[0]!);
  expect((await rounds(host, rows, 1)).moved).toMatchObject([
    { from: "lost", because: "GPU 0 can be given again; it was lost." },
  ]);
});

test("a GPU with MIG on and no slices is shown and can't be given", async () => {
  const host = memoryHost({ gpus: [{ slices: [] }], clock });
  expect((await rounds(host, new Map(), 1)).states).toEqual({ gpu0: "unusable" });
});

test("a GPU that is cut is gone as a whole at once, and its slices are there", async () => {
  const host = memoryHost({ gpus: 1, clock });
  const rows = new Map<string, Device>();
  await rounds(host, rows, 1);
  host.cut(host.gpus[0]!.uuid, ["3g.20gb", "3g.20gb"]);
  expect((await rounds(host, rows, 1)).states).toEqual({ gpu0: "gone", "gpu0.0": "ok", "gpu0.1": "ok" });
});

test("slices that are cut away are gone, and the whole is there again", async () => {
  const host = memoryHost({ gpus: [{ slices: ["7g.40gb"] }], clock });
  const rows = new Map<string, Device>();
  await rounds(host, rows, 1);
  host.cut(host.gpus[0]!.uuid, undefined);
  expect((await rounds(host, rows, 3)).states).toEqual({ "gpu0.0": "gone", gpu0: "ok" });
});

test("what somebody holds is lost, never gone: its holder must be told", async () => {
  const host = memoryHost({ gpus: [{ slices: ["7g.40gb"] }], clock });
  const rows = new Map<string, Device>();
  await rounds(host, rows, 1);
  const held = new Set(host.deviceIds());
  host.cut(host.gpus[0]!.uuid, undefined);
  expect((await rounds(host, rows, 3, { held })).states).toMatchObject({ "gpu0.0": "lost" });
});

test("a process of somebody else puts its device outside Berth until it ends; the neighbour slice stays", async () => {
  const host = memoryHost({ gpus: [{ slices: ["3g.20gb", "3g.20gb"] }], clock });
  const rows = new Map<string, Device>();
  await rounds(host, rows, 1);
  const pid = host.compute(host.deviceIds()[1]!, { user: "root" });
  const { states, moved } = await rounds(host, rows, 1);
  expect(states).toEqual({ "gpu0.0": "ok", "gpu0.1": "outside" });
  expect(moved[0]?.because).toBe(
    `GPU 0, slice 1 is in use outside Berth. Process ${pid} of root computes on it.`,
  );
  host.end(pid);
  expect((await rounds(host, rows, 1)).states).toEqual({ "gpu0.0": "ok", "gpu0.1": "ok" });
});

test("a container that is not ours is outside, one of ours is not", async () => {
  const host = memoryHost({ gpus: 2, clock });
  const [first, second] = host.deviceIds();
  host.compute(first!, { containerId: ours });
  host.compute(second!, { containerId: theirs });
  expect((await rounds(host, new Map(), 1)).states).toEqual({ gpu0: "ok", gpu1: "outside" });
});

test("a quarantine is not ended by a reading, however empty", async () => {
  const host = memoryHost({ gpus: 1, clock });
  const rows = new Map<string, Device>();
  await rounds(host, rows, 1);
  const [row] = rows.values();
  rows.set(row!.id, {
    ...row!,
    state: "quarantined",
    reason: "A process of an ended container is still on it.",
  });
  expect(await rounds(host, rows, 3)).toMatchObject({ rows: [], states: { gpu0: "quarantined" } });
});

test("without placements every slice is a range of its own, and stays so when placements come", async () => {
  const host = memoryHost({ gpus: [{ slices: ["3g.20gb", "3g.20gb"] }], clock });
  const known = {
    nodeId: "gpu1",
    now: start,
    devices: [],
    held: new Set<string>(),
    ours: new Set<string>(),
    foreign: new Map<string, string>(),
  };
  const reading = await host.readGpus();
  const places = reading.gpus[0]!.slices.map(({ placement }) => placement);
  for (const slice of reading.gpus[0]!.slices) slice.placement = undefined;
  const first = inventory(reading, known);
  expect(first.rows.map(({ part }) => part)).toEqual(["[124,132)", "[132,140)"]);
  for (const [i, slice] of reading.gpus[0]!.slices.entries()) slice.placement = places[i];
  expect(inventory(reading, { ...known, devices: first.rows }).rows).toEqual([]);
});

test("a slice whose place can't be told on a GPU that has places is not given", async () => {
  const host = memoryHost({ gpus: 1, clock });
  const rows = new Map<string, Device>();
  await rounds(host, rows, 1);
  host.cut(host.gpus[0]!.uuid, ["3g.20gb"]);
  host.gpus[0]!.slices[0]!.placement = undefined;
  expect((await rounds(host, rows, 1)).states).toEqual({ gpu0: "gone" });
});

test("compute instances of one GPU instance lie side by side", async () => {
  const host = memoryHost({ gpus: [{ slices: ["3g.20gb", "3g.20gb"] }], clock });
  const [a, b] = host.gpus[0]!.slices;
  Object.assign(a!, { profile: "1c.3g.20gb" });
  Object.assign(b!, { profile: "2c.3g.20gb", gpuInstanceId: a!.gpuInstanceId, placement: a!.placement });
  const { rows } = await rounds(host, new Map(), 1);
  expect(rows.map(({ part, weight }) => [part, weight])).toEqual([
    ["[4,5)", 1 / 7],
    ["[5,7)", 2 / 7],
  ]);
});

test("a process that names no instance is on every slice of its GPU", async () => {
  const host = memoryHost({ gpus: [{ slices: ["3g.20gb", "3g.20gb"] }], clock });
  host.compute(host.gpus[0]!.uuid);
  const reading = await host.readGpus();
  expect(processesOn({ gpuUuid: host.gpus[0]!.uuid, sliceIndex: 1 }, reading)).toHaveLength(1);
});
