import type { Looked } from "../ends/looked.ts";
import type { Reach } from "../ends/reach.ts";
import { sweep } from "../ends/sweep.ts";
import type { World } from "../world.ts";
import type { Job } from "./runner.ts";

const everyMs = 15_000;

/**
 * Tells and stops what has come to its end: after every commit, when something comes due, and now and then. One for each
 * life as the active bot: it knows since when that is, and nothing of an earlier one.
 */
export function endContainers(world: World, reach: () => Reach, looked: Looked = new Map()): Job {
  let ring = () => {};
  let waiting = new AbortController();
  const noted = new Set<string>();
  return {
    name: "end containers",
    everyMs,
    onCommit: true,
    wakeBy(wake) {
      ring = wake;
    },
    async run(_world, signal) {
      waiting.abort();
      const { isMore, next } = await sweep(world, reach, noted, looked);
      if (isMore) return ring();
      const inMs = next ? next.getTime() - world.clock.now().getTime() : everyMs;
      if (inMs >= everyMs) return;
      waiting = new AbortController();
      const until = AbortSignal.any([signal, waiting.signal]);
      void world.clock.sleep(Math.max(0, inMs), until).then(() => {
        if (!until.aborted) ring();
      });
    },
  };
}
