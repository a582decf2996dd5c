import { expect, test } from "vitest";
import type { DeviceShown } from "../gpu/overview.ts";
import { defaultPolicy, limitsOf } from "../policy/policy.ts";
import { choiceOf, deviceChoices, wishOf } from "./device-choices.ts";

const student = limitsOf(defaultPolicy(), { group: "student" }, [], new Date(0));

function whole(gpuIndex: number, model = "NVIDIA A100-SXM4-40GB", held = false): DeviceShown {
  const device = {
    id: `GPU-${gpuIndex}`,
    nodeId: "gpu1",
    gpuIndex,
    sliceIndex: null,
    model,
    memoryMiB: 40_960,
    weight: 1,
    state: "ok",
  };
  return { device, ...(held ? { holder: {} } : {}) } as DeviceShown;
}

function slice(sliceIndex: number, profile: string, weight: number): DeviceShown {
  const device = {
    id: `MIG-${sliceIndex}`,
    nodeId: "gpu1",
    gpuIndex: 9,
    sliceIndex,
    profile,
    model: "A100",
    memoryMiB: 9_728,
    weight,
    state: "ok",
  };
  return { device } as DeviceShown;
}

const values = (devices: DeviceShown[], limits = student) =>
  deviceChoices({ devices }, limits).map(({ value }) => value);

test("the usual one first; not more than the member may have, nor than there are", () => {
  expect(values([whole(0), whole(1), whole(2)])).toEqual(["gpu:1", "gpu:2", "cpu"]);
  expect(values([whole(0)])).toEqual(["gpu:1", "cpu"]);
});

test("several models are offered by name", () => {
  expect(values([whole(0), whole(1, "NVIDIA H100 PCIe")])).toEqual([
    "gpu:1:NVIDIA A100-SXM4-40GB",
    "gpu:1:NVIDIA H100 PCIe",
    "cpu",
  ]);
});

test("slices by profile, also to those who get no whole GPU", () => {
  const devices = [
    whole(0),
    slice(0, "1g.5gb", 1 / 7),
    slice(1, "1g.5gb", 1 / 7),
    slice(2, "3g.20gb", 3 / 7),
  ];
  expect(values(devices)).toEqual(["gpu:1", "mig:1g.5gb", "mig:3g.20gb", "cpu"]);
  expect(values(devices, { ...student, whole_gpus: false })).toEqual(["mig:1g.5gb", "mig:3g.20gb", "cpu"]);
});

test("what is free now comes before what one would wait for, and no GPU at all comes last", () => {
  const devices = [whole(0), whole(1, undefined, true), slice(0, "1g.5gb", 1 / 7)];
  expect(values(devices)).toEqual(["gpu:1", "mig:1g.5gb", "gpu:2", "cpu"]);
  expect(values([whole(0, undefined, true), slice(0, "1g.5gb", 1 / 7)])).toEqual([
    "mig:1g.5gb",
    "gpu:1",
    "cpu",
  ]);
});

test("a device that can't be given is not offered; one that is in use is, and says that it would wait", () => {
  const lost = whole(0);
  lost.device.state = "lost";
  expect(values([lost])).toEqual(["cpu"]);
  const [choice] = deviceChoices({ devices: [whole(0, undefined, true)] }, student);
  expect(choice?.description?.text).toBe("all in use: it would wait in the line");
});

test.each([
  { kind: "cpu" },
  { kind: "gpu", count: 2 },
  { kind: "gpu", count: 1, model: "NVIDIA H100: PCIe" },
  { kind: "mig", profile: "3g.20gb" },
] as const)("%o is the wish behind its choice", (wish) => {
  expect(wishOf(choiceOf(wish))).toEqual(wish);
});
