import type { Clock } from "../world.ts";

/**
 * What an edit is worth: changes of state go before the last word on a container whose project has a newer one, that before the
 * board, and that before the progress of builds.
 */
export type Worth = "state" | "passed" | "board" | "progress";

/** Slack allows a workspace some 50 edits a minute, whatever they are of: 40, and 10 that may come at once. */
const msPerEdit = 60_000 / 40;
const burst = 10;
/** So many are left for what is worth more. */
const leftForOthers: Record<Worth, number> = { state: 0, passed: 2, board: 3, progress: 5 };

export type UpdateBudget = {
  /** Takes one edit, if there is one for it. */
  take(worth: Worth): boolean;
  /** How many of them there are at this moment. */
  left(worth: Worth): number;
  /** Milliseconds until `take` can succeed. */
  waitMs(worth: Worth): number;
};

/** One bucket for the whole workspace: it fills with time and every edit takes one out. */
export function createUpdateBudget(clock: Pick<Clock, "monotonicMs">): UpdateBudget {
  let creditMs = burst * msPerEdit;
  let filledAt = clock.monotonicMs();
  const neededMs = (worth: Worth) => (1 + leftForOthers[worth]) * msPerEdit;
  const fill = () => {
    const now = clock.monotonicMs();
    creditMs = Math.min(burst * msPerEdit, creditMs + now - filledAt);
    filledAt = now;
  };
  return {
    take(worth) {
      fill();
      if (creditMs < neededMs(worth)) return false;
      creditMs -= msPerEdit;
      return true;
    },
    left(worth) {
      fill();
      return Math.max(0, Math.floor(creditMs / msPerEdit) - leftForOthers[worth]);
    },
    waitMs(worth) {
      fill();
      return Math.max(0, Math.ceil(neededMs(worth) - creditMs));
    },
  };
}
