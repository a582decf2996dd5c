import { joined, jumped, minuteMs, minuteOf, pairs, usedIn } from "./between.ts";
import { type DeviceUse, leastActive, leastReadings, type Minute, type Sign } from "./minute.ts";
import type { Sample } from "./reading.ts";
import { signOfSlice } from "./slice.ts";

/**
 * Takes in the next sample of a container. `done`: the minute that is over with it. `kept` is to be given back with the
 * next sample; a new process of the bot begins with none.
 */
export function takeIn(
  kept: readonly Sample[],
  next: Sample,
): { done: Minute | undefined; kept: readonly Sample[] } {
  const last = kept.at(-1);
  if (!last) return { done: undefined, kept: [next] };
  const minute = minuteOf(last.at);
  if (minuteOf(next.at) === minute) return { done: undefined, kept: [...kept, next] };
  return { done: fold(minute, [...kept, next]), kept: [last, next] };
}

/**
 * The minute as it is written down beside those before it. If the newest of them lies ahead of it the clock was set back
 * while nobody looked: it goes on from none of them, and what lies ahead must go.
 */
export function besides(newest: Date | undefined, minute: Minute): Minute {
  const isBehind = newest !== undefined && newest.getTime() - minute.at.getTime() > minuteMs;
  return isBehind ? { ...minute, isSevered: true } : minute;
}

/** `samples`: those of the minute, the one before it and the one after it, as far as there are such. */
function fold(minute: number, samples: readonly Sample[]): Minute {
  const cpu = usedIn(minute, samples, ({ cpuSeconds }) => cpuSeconds);
  const net = usedIn(minute, samples, ({ netBytes }) => netBytes);
  const within = pairs(samples).filter(([, b]) => minuteOf(b.at) === minute);
  const newest = samples.findLast(({ at }) => minuteOf(at) === minute);
  const devices = (newest?.devices ?? []).map(({ id }) => useOf(id, minute, samples));
  const failed: Minute["failed"][number][] = [];
  if (devices.some(({ sign }) => sign === "unknown")) failed.push("gpu");
  if (!cpu.isKnown) failed.push("cpu");
  if (!net.isKnown) failed.push("net");
  return {
    at: new Date(minute),
    devices,
    cpuSeconds: cpu.amount,
    bytes: Math.round(net.amount),
    memoryMiB: mostMemoryMiB(minute, samples),
    hasInput: within.some(([a, b]) => typedBetween(a, b)),
    failed,
    isSevered: within.some(([a, b]) => jumped(a, b)),
  };
}

function mostMemoryMiB(minute: number, samples: readonly Sample[]): number | null {
  const read = samples.flatMap(({ at, memoryBytes }) =>
    minuteOf(at) === minute && memoryBytes !== undefined ? [memoryBytes] : [],
  );
  return read.length > 0 ? Math.round(Math.max(...read) / 1024 ** 2) : null;
}

function useOf(id: string, minute: number, samples: readonly Sample[]): DeviceUse {
  const readings = samples.flatMap((sample) =>
    minuteOf(sample.at) === minute ? sample.devices.filter((device) => device.id === id) : [],
  );
  const memory = readings.flatMap(({ memoryMiB }) => memoryMiB ?? []);
  const percents = readings.flatMap((one) => (one.is === "whole" ? (one.usePercent ?? []) : []));
  const isSlice = readings.some(({ is }) => is === "slice");
  return {
    id,
    sign: isSlice ? signOfSlice(id, minute, samples) : signOfWhole(percents),
    usePercent: percents.length > 0 ? Math.max(...percents) : null,
    memoryMiB: memory.length > 0 ? Math.max(...memory) : null,
  };
}

function signOfWhole(percents: readonly number[]): Sign {
  if (percents.some((percent) => percent >= leastActive.usePercent)) return "active";
  return percents.length >= leastReadings ? "idle" : "unknown";
}

/** A terminal that was opened is a person who came. */
function typedBetween(a: Sample, b: Sample): boolean {
  if (!b.inputAt || a.life !== b.life || !joined(a, b)) return false;
  return b.inputAt > (a.inputAt ?? a.at);
}
