import { expect, test } from "vitest";
import { HostSilent } from "../errors.ts";
import { memoryHost } from "./memory.ts";

const clock = { now: () => new Date("2026-01-05T09:00:00Z") };

test("a GPU that vanished is in no reading until it comes back, nor are its processes", async () => {
  const host = memoryHost({ gpus: 2, clock });
  const [first] = host.deviceIds();
  host.compute(first!, { containerId: "a".repeat(64) });
  host.vanish(first!);
  expect(await host.readGpus()).toMatchObject({ gpus: [{ index: 1 }], processes: [] });
  host.comeBack(first!);
  expect(await host.readGpus()).toMatchObject({
    gpus: [{ index: 0 }, { index: 1 }],
    processes: [{ containerId: "a".repeat(64) }],
  });
});

test("slices lie where the driver would put them and never overlap", async () => {
  const host = memoryHost({ gpus: [{ slices: ["3g.20gb", "2g.10gb", "1g.5gb", "1g.5gb"] }], clock });
  const [gpu] = (await host.readGpus()).gpus;
  expect(gpu?.slices.map(({ placement }) => placement)).toEqual([
    { start: 4, size: 4 },
    { start: 0, size: 2 },
    { start: 2, size: 1 },
    { start: 3, size: 1 },
  ]);
  expect(new Set(host.deviceIds()).size).toBe(host.deviceIds().length);
});

test("more slices than fit are refused", () => {
  expect(() => memoryHost({ gpus: [{ slices: ["4g.20gb", "4g.20gb"] }], clock })).toThrow(/do not fit/);
});

test("a process on a slice is told with its instance, and ends with its container", async () => {
  const host = memoryHost({ gpus: [{ slices: ["3g.20gb", "3g.20gb"] }], clock });
  const [, second] = host.deviceIds();
  host.compute(second!, { containerId: "b".repeat(64), memoryMiB: 500 });
  const before = await host.readGpus();
  expect(before.processes[0]?.gpuInstanceId).toBe(before.gpus[0]?.slices[1]?.gpuInstanceId);
  expect(before.gpus[0]?.slices.map(({ memoryUsedMiB }) => memoryUsedMiB)).toEqual([0, 500]);
  host.end("b".repeat(64));
  expect((await host.readGpus()).processes).toEqual([]);
});

test("a reading is a copy: what is done to it changes nothing", async () => {
  const host = memoryHost({ gpus: 1, clock });
  (await host.readGpus()).gpus.pop();
  expect((await host.readGpus()).gpus).toHaveLength(1);
});

test("a silent machine throws for every question", async () => {
  const host = memoryHost({ gpus: 1, clock });
  host.silent(true);
  await expect(host.readGpus()).rejects.toThrow(HostSilent);
  await expect(host.ensureWorkspace("/w/ana/vision", 20000)).rejects.toThrow(HostSilent);
});
