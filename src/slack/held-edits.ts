import type { UpdateBudget, Worth } from "./update-budget.ts";

/** What is worth more goes first. */
const byWorth: Worth[] = ["state", "passed", "board", "progress"];

export type HeldEdits = {
  hold(outboxId: number, worth: Worth): void;
  /** Lets go of those whose turn it is, as many as there are edits for: what is worth most first, then the oldest. */
  release(): void;
  /** Those that still wait. */
  ids(): number[];
  /** Milliseconds until one of them may go; undefined: none waits. */
  waitMs(): number | undefined;
};

/**
 * Edits in the outbox that Slack's rate did not allow yet. They are not looked at again before their turn: drawn in each round
 * they would stand in the way of every message behind them. What was held is forgotten with the process, and found again.
 */
export function createHeldEdits(budget: UpdateBudget): HeldEdits {
  const held = new Map<number, Worth>();
  return {
    hold: (outboxId, worth) => void held.set(outboxId, worth),
    release() {
      let released = 0;
      for (const worth of byWorth) {
        const ids = [...held].filter(([, its]) => its === worth).map(([id]) => id);
        const free = Math.max(0, budget.left(worth) - released);
        for (const id of ids.sort((a, b) => a - b).slice(0, free)) {
          held.delete(id);
          released += 1;
        }
      }
    },
    ids: () => [...held.keys()],
    waitMs: () =>
      held.size === 0
        ? undefined
        : Math.min(...[...new Set(held.values())].map((worth) => budget.waitMs(worth))),
  };
}
