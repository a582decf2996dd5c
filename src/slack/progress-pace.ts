import type { Clock } from "../world.ts";

/** One build alone is drawn anew every three seconds; of several each as much less often. */
const alonePauseMs = 3_000;
/** A build that was not drawn for so long is not counted: it waits, or is over. */
const forgottenAfterMs = 60_000;

export type ProgressPace = {
  /** Milliseconds until that build's progress may be drawn again. */
  waitMs(buildId: number): number;
  /** It was drawn. */
  drawn(buildId: number): void;
};

/** The progress of builds shares what is left of the workspace's edits, evenly. */
export function createProgressPace(clock: Pick<Clock, "monotonicMs">): ProgressPace {
  const lastDrawn = new Map<number, number>();
  const forget = (now: number) => {
    for (const [buildId, at] of lastDrawn) if (now - at > forgottenAfterMs) lastDrawn.delete(buildId);
  };
  return {
    waitMs(buildId) {
      const now = clock.monotonicMs();
      forget(now);
      const before = lastDrawn.get(buildId);
      if (before === undefined) return 0;
      return Math.max(0, before + alonePauseMs * lastDrawn.size - now);
    },
    drawn: (buildId) => void lastDrawn.set(buildId, clock.monotonicMs()),
  };
}
