import type { Minute } from "../../src/idle/minute.ts";

/** A minute in which nothing was done and everything could be read; of no device unless one is given. */
export function quietMinute(at: Date, over: Partial<Minute> = {}): Minute {
  return {
    at,
    devices: [],
    memoryMiB: null,
    cpuSeconds: 0,
    bytes: 0,
    hasInput: false,
    failed: [],
    isSevered: false,
    ...over,
  };
}
