import { gigabytes, listed } from "../sentence.ts";
import { minuteMs } from "./between.ts";
import type { Minute } from "./minute.ts";

/** What a container used in some of its minutes, as far as it was seen. */
export type Used = {
  /** So many were seen. */
  minutes: number;
  /** Of the device that was used most; null: none tells its use, or there is none. */
  mostUsePercent: number | null;
  /** On average. */
  cores: number;
  bytes: number;
  hasInput: boolean;
  /** In the memory of all its devices, at the end; null: not read. */
  gpuMemoryMiB: number | null;
};

/** `minutes`: the oldest first; those that began before `since` are left out. */
export function usedSince(minutes: readonly Minute[], since: Date): Used {
  const seen = minutes.filter(({ at }) => at >= since);
  const percents = seen.flatMap(({ devices }) => devices.flatMap(({ usePercent }) => usePercent ?? []));
  const memory = (seen.at(-1)?.devices ?? []).flatMap(({ memoryMiB }) => memoryMiB ?? []);
  const seconds = (seen.length * minuteMs) / 1000;
  return {
    minutes: seen.length,
    mostUsePercent: percents.length > 0 ? Math.max(...percents) : null,
    cores: seconds > 0 ? sum(seen.map(({ cpuSeconds }) => cpuSeconds)) / seconds : 0,
    bytes: sum(seen.map(({ bytes }) => bytes)),
    hasInput: seen.some(({ hasInput }) => hasInput),
    gpuMemoryMiB: memory.length > 0 ? sum(memory) : null,
  };
}

/** "Since then its GPU did nothing, its CPU used 0.02 cores on average, 3 MB went in and out, and nobody typed." */
export function usedInWords({ mostUsePercent, cores, bytes, hasInput }: Used, devices: number): string {
  const gpu = devices > 1 ? "GPUs" : "GPU";
  const parts = [
    ...(mostUsePercent === null
      ? []
      : [
          mostUsePercent < 1
            ? `its ${gpu} did nothing`
            : `its ${gpu} did ${Math.round(mostUsePercent)} % at most`,
        ]),
    `its CPU used ${Number(cores.toFixed(2))} cores on average`,
    `${bytes < 1024 ** 2 ? "nothing" : gigabytes(bytes)} went in or out`,
    hasInput ? "somebody typed" : "nobody typed",
  ];
  return `Since then ${listed(parts)}.`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
