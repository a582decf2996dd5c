import { joined, minuteOf, pairs, usedIn } from "./between.ts";
import { leastActive, leastReadings, type Sign } from "./minute.ts";
import type { Sample, SliceProcess } from "./reading.ts";

/** A good reading of who computes on the slice. */
type Listed = { sample: Sample; processes: readonly SliceProcess[]; memoryMiB: number | undefined };

/**
 * A slice tells no use: a process on it that needs CPU, or whose GPU memory moves, stands for that. Read, and nobody is on
 * it: idle.
 */
export function signOfSlice(id: string, minute: number, samples: readonly Sample[]): Sign {
  const listed = samples.flatMap((sample): Listed[] => {
    const device = sample.devices.find((one) => one.id === id);
    if (device?.is !== "slice" || !device.processes) return [];
    return [{ sample, processes: device.processes, memoryMiB: device.memoryMiB }];
  });
  const moves = pairs(listed)
    .filter(([a, b]) => minuteOf(b.sample.at) === minute && joined(a.sample, b.sample))
    .flatMap(([a, b]) => pidsOf([a, b]).map((pid) => moved(a, b, pid)));
  if (moves.some((mib) => mib !== undefined && mib >= leastActive.sliceMemoryMiB)) return "active";
  const used = pidsOf(listed).map((pid) => {
    const counted = cpuOf(pid, listed);
    return usedIn(minute, samples, (sample) => counted.get(sample));
  });
  if (used.some(({ amount }) => amount >= leastActive.sliceCpuSeconds)) return "active";
  const readings = listed.filter(({ sample }) => minuteOf(sample.at) === minute).length;
  const allKnown = !moves.includes(undefined) && used.every(({ isKnown }) => isKnown);
  return readings >= leastReadings && allKnown ? "idle" : "unknown";
}

function pidsOf(listed: readonly Listed[]): number[] {
  return [...new Set(listed.flatMap(({ processes }) => processes.map(({ pid }) => pid)))];
}

/** Undefined: the driver does not tell. */
function moved(a: Listed, b: Listed, pid: number): number | undefined {
  const [was, is] = [memoryOf(a, pid), memoryOf(b, pid)];
  return was === undefined || is === undefined ? undefined : Math.abs(is - was);
}

/** Where the driver does not tell a process's memory the slice's own stands for it: nobody else computes there. */
function memoryOf({ processes, memoryMiB }: Listed, pid: number): number | undefined {
  const own = processes.find((one) => one.pid === pid);
  return own === undefined ? 0 : (own.memoryMiB ?? memoryMiB);
}

/** Before it began it had used nothing, and after it ended it uses no more. */
function cpuOf(pid: number, listed: readonly Listed[]): Map<Sample, number | undefined> {
  let last = 0;
  return new Map(
    listed.map(({ sample, processes }) => {
      const own = processes.find((one) => one.pid === pid);
      last = own?.cpuSeconds ?? last;
      return [sample, own ? own.cpuSeconds : last];
    }),
  );
}
