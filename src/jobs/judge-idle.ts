import { judgeIdleness } from "../ends/judge-idleness.ts";
import type { Looked } from "../ends/looked.ts";
import { letShowsBe } from "../ends/no-shows.ts";
import type { Reach } from "../ends/reach.ts";
import type { Job } from "./runner.ts";

/** What there is to judge by changes once a minute. */
const everyMs = 60_000;

/** Who is idle, and who never came, and what comes of it. One for each life as the active bot. */
export function judgeIdle(reach: () => Reach, looked: Looked): Job {
  return {
    name: "judge idleness",
    everyMs,
    async run(world) {
      await judgeIdleness(world, { reach, looked });
      await letShowsBe(world);
    },
  };
}
