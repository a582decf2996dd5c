import { setTimeout } from "node:timers/promises";
import type { Clock } from "./world.ts";

/** The machine's clock. */
export const wallClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (milliseconds, signal) =>
    setTimeout(milliseconds, undefined, signal ? { signal } : {}).catch((error: Error) => {
      if (error.name !== "AbortError") throw error;
    }),
};
