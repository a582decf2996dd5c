import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../src/world.ts";

/** The machine's clock, for tests on real parts. */
export const wallClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  async sleep(milliseconds, signal) {
    await setTimeout(milliseconds, undefined, { ...(signal ? { signal } : {}) }).catch(() => {});
  },
};
