import type { World } from "../world.ts";

/** For the runner of jobs. */
export type SlackJob = {
  name: string;
  everyMs: number;
  onCommit?: true;
  wakeBy?(wake: () => void): void;
  run(world: World, signal: AbortSignal): Promise<void>;
};

/**
 * Woken by every commit, now and then, and when its last round said. `round`: milliseconds until the next one is worth it,
 * commits or not; undefined: nothing is put off.
 */
export function selfWaking(
  { name, everyMs }: Pick<SlackJob, "name" | "everyMs">,
  round: (signal: AbortSignal) => Promise<number | undefined>,
): SlackJob {
  let ring = () => {};
  let dueMs = Number.POSITIVE_INFINITY;
  return {
    name,
    everyMs,
    onCommit: true,
    wakeBy(wake) {
      ring = wake;
    },
    async run({ clock }, signal) {
      const nextInMs = await round(signal);
      if (nextInMs === undefined || nextInMs >= everyMs || signal.aborted) return;
      const atMs = clock.monotonicMs() + nextInMs;
      if (atMs >= dueMs) return;
      dueMs = atMs;
      void clock.sleep(nextInMs, signal).then(() => {
        if (dueMs === atMs) dueMs = Number.POSITIVE_INFINITY;
        if (!signal.aborted) ring();
      });
    },
  };
}
