import { createHash } from "node:crypto";
import { a100Profiles, type SliceProfile } from "./profiles.ts";

/** What a simulated GPU server is made of. Everything a test may change later stands in `GpuState` (simulator.ts). */
export type GpuServer = {
  driver: string;
  cuda: string;
  gpus: SimulatedGpu[];
  /** How two GPUs are joined, by index: `NV4`, `PIX`, `PXB`, `PHB`, `NODE`, `SYS` (what is not named). */
  links: { a: number; b: number; by: string }[];
};

export type SimulatedGpu = {
  index: number;
  uuid: string;
  /** As nvidia-smi names it. */
  name: string;
  memoryMiB: number;
  busId: string;
  serial: string;
  powerLimitWatts: number;
  numaNode: number;
  cpuAffinity: string;
  migEnabled: boolean;
  /** In the order of nvidia-smi: device 0, 1, … of this GPU. Empty: MIG off, or on and not cut. */
  slices: SimulatedSlice[];
};

export type SimulatedSlice = {
  uuid: string;
  gpuInstance: number;
  computeInstance: number;
  profile: SliceProfile;
  /** First placement unit; it covers `profile.size` of them. */
  start: number;
};

/** One GPU of a wish: a number of whole ones is `"whole"` so many times; a list cuts it, `profile@start`. */
export type GpuCut = "whole" | "mig" | string[];

/** The demo's server: four A100, the last one cut into four slices. */
export const demoCuts: readonly GpuCut[] = [
  "whole",
  "whole",
  "whole",
  ["3g.20gb@4", "2g.10gb@0", "1g.5gb@2", "1g.5gb@3"],
];

/**
 * A server of NVIDIA A100-SXM4-40GB GPUs. The same seed and cuts give the same UUIDs; two seeds never share one.
 * For benches: `gpuServer({ cuts: Array(640).fill("whole") })`.
 */
export function gpuServer({
  seed = "demo",
  cuts = demoCuts,
}: {
  seed?: string;
  cuts?: readonly GpuCut[];
} = {}): GpuServer {
  const gpus = cuts.map((cut, index) => a100(seed, index, cut));
  const links = gpus.flatMap((gpu) =>
    // A board of four is fully joined by NVLink; beyond it, GPUs meet over PCIe or between sockets.
    gpus
      .filter((other) => other.index > gpu.index && other.index < gpu.index + 8)
      .map((other) => ({ a: gpu.index, b: other.index, by: linkBetween(gpu.index, other.index) })),
  );
  return { driver: "550.127.05", cuda: "12.4", gpus, links };
}

function a100(seed: string, index: number, cut: GpuCut): SimulatedGpu {
  const numaNode = index % 8 < 4 ? 0 : 1;
  return {
    index,
    uuid: `GPU-${uuidOf(`${seed} gpu ${index}`)}`,
    name: "NVIDIA A100-SXM4-40GB",
    memoryMiB: 40960,
    busId: `${hex(index >> 5, 8)}:${hex(((index % 32) + 1) * 7, 2)}:00.0`.toUpperCase(),
    serial: String(1_560_221_000_000 + index),
    powerLimitWatts: 400,
    numaNode,
    cpuAffinity: numaNode === 0 ? "0-31" : "32-63",
    migEnabled: cut !== "whole",
    slices: Array.isArray(cut) ? cutSlices(seed, index, cut) : [],
  };
}

function cutSlices(seed: string, gpuIndex: number, wishes: readonly string[]): SimulatedSlice[] {
  const taken = new Set<number>();
  const nextInstance = new Map<string, number>();
  return wishes.map((wish) => {
    const [name, at] = wish.split("@");
    const profile = a100Profiles.find((one) => one.name === name);
    const start = Number(at);
    if (!profile?.places.includes(start)) throw new Error(`An A100 has no slice ${wish}.`);
    for (let unit = start; unit < start + profile.size; unit++) {
      if (taken.has(unit)) throw new Error(`Slice ${wish} overlaps another one of GPU ${gpuIndex}.`);
      taken.add(unit);
    }
    const gpuInstance = nextInstance.get(profile.name) ?? profile.firstInstance;
    nextInstance.set(profile.name, gpuInstance + 1);
    return {
      uuid: `MIG-${uuidOf(`${seed} ${gpuIndex} ${wish}`)}`,
      gpuInstance,
      computeInstance: 0,
      profile,
      start,
    };
  });
}

function linkBetween(a: number, b: number): string {
  if (a >> 2 === b >> 2) return "NV4";
  return a >> 3 === b >> 3 ? "NODE" : "SYS";
}

/** Version 5 in spirit: a UUID that follows from a name. */
function uuidOf(name: string): string {
  const digest = createHash("sha1").update(`berth simulated ${name}`).digest("hex");
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
