import type { Clock } from "../../src/world.ts";

/**
 * A clock that goes with the machine's and can be put forward: hours pass in an instant, and whoever sleeps wakes when
 * their time has come. Elsewhere things go on as fast as they are.
 */
export type JumpingClock = Clock & {
  jump(milliseconds: number): void;
  /** Somebody sets the wall clock, forward or back: no time passes. */
  set(milliseconds: number): void;
};

export function jumpingClock(): JumpingClock {
  let aheadMs = 0;
  let setMs = 0;
  const sleepers = new Set<() => void>();
  const clock: JumpingClock = {
    now: () => new Date(Date.now() + aheadMs + setMs),
    monotonicMs: () => performance.now() + aheadMs,
    sleep: (milliseconds, signal) =>
      new Promise((wake) => {
        if (signal?.aborted) return wake();
        const until = clock.monotonicMs() + milliseconds;
        let timer: NodeJS.Timeout;
        const end = () => {
          clearTimeout(timer);
          sleepers.delete(look);
          signal?.removeEventListener("abort", end);
          wake();
        };
        const look = () => {
          clearTimeout(timer);
          const leftMs = until - clock.monotonicMs();
          if (leftMs <= 0) end();
          else timer = setTimeout(look, Math.min(leftMs, 2 ** 30));
        };
        sleepers.add(look);
        signal?.addEventListener("abort", end, { once: true });
        look();
      }),
    set(milliseconds) {
      setMs += milliseconds;
    },
    jump(milliseconds) {
      aheadMs += milliseconds;
      for (const look of [...sleepers]) look();
    },
  };
  return clock;
}
