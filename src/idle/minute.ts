import type { Sign, UseMinute } from "../ledger/idle-tables.ts";

export type { DeviceUse, Sign } from "../ledger/idle-tables.ts";

/** A minute of a container's life, from the samples that fell into it. A reading that failed is named, never taken for zero. */
export type Minute = Omit<UseMinute, "containerId" | "run" | "sign">;

/** From so much on in a minute it is activity. */
export const leastActive = {
  usePercent: 1,
  /** A quarter of a core, on average. */
  cpuSeconds: 15,
  bytes: 5 * 1024 ** 2,
  /** Of a process on a slice: 0.05 cores, on average, and how far its GPU memory moves from one reading to the next. */
  sliceCpuSeconds: 3,
  sliceMemoryMiB: 64,
};

/** So many of a minute's four readings of a device must be there for it to be known. */
export const leastReadings = 2;

/** Active if any signal is, else unknown if any is, else idle. An open connection and held GPU memory are no signals. */
export function signOf(minute: Minute): Sign {
  const { cpuSeconds, bytes, failed } = minute;
  const ofDevices = signOfDevices(minute);
  if (ofDevices === "active" || cpuSeconds >= leastActive.cpuSeconds || bytes >= leastActive.bytes)
    return "active";
  return failed.length > 0 ? "unknown" : ofDevices;
}

/** Of its devices alone, and of a person at its keyboard: neither a CPU nor a download stands for these. */
export function signOfDevices({ devices, hasInput }: Pick<Minute, "devices" | "hasInput">): Sign {
  if (hasInput || devices.some(({ sign }) => sign === "active")) return "active";
  return devices.some(({ sign }) => sign === "unknown") ? "unknown" : "idle";
}
