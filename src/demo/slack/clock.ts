/** The simulator's own clock: everything that expires in Slack expires by it. */
export type Clock = {
  /** Unix time in milliseconds. */
  now(): number;
  /** Runs `what` once, that many milliseconds later; the answer cancels it. */
  after(milliseconds: number, what: () => void): () => void;
};

export const realClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, what) {
    const timer = setTimeout(what, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export type HandClock = Clock & {
  /** Moves the time on; what falls due runs in its order, before this returns. */
  advance(milliseconds: number): void;
};

/** A clock that stands still until it is moved, for tests of what expires. */
export function handClock(startMs: number = Date.UTC(2026, 0, 5, 9)): HandClock {
  let nowMs = startMs;
  const due = new Set<{ atMs: number; what: () => void }>();
  return {
    now: () => nowMs,
    after(milliseconds, what) {
      const entry = { atMs: nowMs + milliseconds, what };
      due.add(entry);
      return () => due.delete(entry);
    },
    advance(milliseconds) {
      const untilMs = nowMs + milliseconds;
      for (;;) {
        const next = [...due].filter((e) => e.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        due.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.what();
      }
      nowMs = untilMs;
    },
  };
}
