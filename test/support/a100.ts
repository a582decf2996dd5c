import type { Device } from "../../src/ledger/schema.ts";

/** A whole A100 of node gpu1 that nobody holds. */
export function a100(index: number, more: Partial<Device> = {}): Device {
  return {
    id: `GPU-${index}`,
    nodeId: "gpu1",
    gpuUuid: `GPU-${index}`,
    gpuIndex: index,
    sliceIndex: null,
    profile: null,
    model: "NVIDIA A100-SXM4-40GB",
    memoryMiB: 40_960,
    part: "[0,8)",
    weight: 1,
    state: "ok",
    stateSince: new Date(0),
    reason: null,
    missedReadings: 0,
    ...more,
  };
}
