import type { UseMinute } from "../ledger/idle-tables.ts";

/** What is drawn of a minute. */
export type DrawnMinute = Pick<UseMinute, "at" | "devices" | "cpuSeconds" | "memoryMiB" | "failed">;

export type Point = { x: number; y: number | null };

/** One strip of the picture: a measure over time, of the container or of each of its devices. */
export type Lane = {
  title: string;
  /** Beside the title: the most that the strip can show, in words. */
  of: string | undefined;
  /** Where the strip ends; below it starts at 0. */
  top: number;
  /** What stands at its edge, from below. */
  marks: readonly { at: number; label: string }[];
  /** `name` where there are several. A minute of which nothing is known is null, never 0. */
  lines: readonly { name: string | undefined; points: readonly Point[] }[];
};

export type LanesOf = {
  /** The oldest first. Where one is missing nobody looked. */
  minutes: readonly DrawnMinute[];
  from: Date;
  to: Date;
  devices: readonly { id: string; name: string; memoryMiB: number }[];
  cpus: number;
  memoryGiB: number;
};

const minuteMs = 60_000;

/** The strips, from above: what its devices do, their memory, CPU, memory. Without devices the last two. */
export function lanesOf(of: LanesOf): Lane[] {
  const byMinute = new Map(of.minutes.map((minute) => [Math.floor(minute.at.getTime() / minuteMs), minute]));
  const over = (value: (minute: DrawnMinute) => number | null | undefined): Point[] => {
    const points: Point[] = [];
    const end = of.to.getTime();
    for (let ms = Math.floor(of.from.getTime() / minuteMs) * minuteMs; ms < end; ms += minuteMs) {
      const minute = byMinute.get(ms / minuteMs);
      points.push({ x: ms + minuteMs / 2, y: (minute && value(minute)) ?? null });
    }
    return points;
  };
  const ofDevices = (value: (use: DrawnMinute["devices"][number]) => number | null) =>
    of.devices.map(({ id, name }) => ({
      name: of.devices.length > 1 ? name : undefined,
      points: over(({ devices }) => {
        const use = devices.find((one) => one.id === id);
        return use && value(use);
      }),
    }));
  return [
    ...(of.devices.length > 0 ? [useLane(of, ofDevices), gpuMemoryLane(of, ofDevices)] : []),
    cpuLane(of, over),
    memoryLane(of, over),
  ];
}

type OfDevices = (value: (use: DrawnMinute["devices"][number]) => number | null) => Lane["lines"];
type Over = (value: (minute: DrawnMinute) => number | null | undefined) => Point[];

/** Slices tell no percentage; whether they work is known all the same. */
function useLane({ minutes }: LanesOf, ofDevices: OfDevices): Lane {
  const isTold = minutes.some(({ devices }) => devices.some(({ usePercent }) => usePercent !== null));
  if (isTold)
    return {
      title: "GPU use",
      of: undefined,
      top: 100,
      marks: percents,
      lines: ofDevices(({ sign, usePercent }) => (sign === "unknown" ? null : usePercent)),
    };
  return {
    title: "GPU",
    of: undefined,
    top: 100,
    marks: [
      { at: 0, label: "idle" },
      { at: 100, label: "busy" },
    ],
    lines: ofDevices(({ sign }) => ({ active: 100, idle: 0, unknown: null })[sign]),
  };
}

const percents = [0, 50, 100].map((at) => ({ at, label: `${at} %` }));

function gpuMemoryLane({ devices }: LanesOf, ofDevices: OfDevices): Lane {
  const top = Math.max(...devices.map(({ memoryMiB }) => memoryMiB)) / 1024;
  return {
    title: "GPU memory",
    of: `of ${Math.round(top)} GB`,
    top,
    marks: halves(top, "GB"),
    lines: ofDevices(({ memoryMiB }) => memoryMiB && memoryMiB / 1024),
  };
}

/** Who has 32 cores and uses one would be drawn as who uses none. */
function cpuLane({ cpus }: LanesOf, over: Over): Lane {
  const points = over(({ cpuSeconds, failed }) => (failed.includes("cpu") ? null : cpuSeconds / 60));
  const most = Math.max(0, ...points.map(({ y }) => y ?? 0));
  const top = [1, 2, 4, 8, 16, 32, 64, 128].find((cores) => cores >= most) ?? Math.ceil(most);
  return {
    title: "CPU",
    of: `of ${cpus} ${cpus === 1 ? "core" : "cores"}`,
    top,
    marks: halves(top, top === 1 ? "core" : "cores"),
    lines: [{ name: undefined, points }],
  };
}

function memoryLane({ memoryGiB }: LanesOf, over: Over): Lane {
  return {
    title: "Memory",
    of: `of ${memoryGiB} GB`,
    top: memoryGiB,
    marks: halves(memoryGiB, "GB"),
    lines: [{ name: undefined, points: over(({ memoryMiB }) => memoryMiB && memoryMiB / 1024) }],
  };
}

function halves(top: number, unit: string): Lane["marks"] {
  return [0, top / 2, top].map((at) => ({ at, label: `${Number(at.toFixed(1))} ${unit}` }));
}

/** Stretches of a line of which nothing is known, from the edge of one minute to the edge of another. */
export function gapsIn(points: readonly Point[]): { from: number; to: number }[] {
  const gaps: { from: number; to: number }[] = [];
  for (const { x, y } of points) {
    if (y !== null) continue;
    const [from, to] = [x - minuteMs / 2, x + minuteMs / 2];
    const last = gaps.at(-1);
    if (last?.to === from) last.to = to;
    else gaps.push({ from, to });
  }
  return gaps;
}
