import { reachFromNow } from "../ends/clock-watch.ts";
import { judgeIdleness } from "../ends/judge-idleness.ts";
import type { Looked } from "../ends/looked.ts";
import type { SlackReach } from "../ends/reach.ts";
import type { World } from "../world.ts";
import type { Job } from "./runner.ts";

/** What there is to judge by changes once a minute. */
const everyMs = 60_000;

/** Who is idle, and what comes of it. One for each life as the active bot. */
export function judgeIdle(world: World, slack: () => SlackReach, looked: Looked): Job {
  const reach = reachFromNow(world.clock, slack);
  return {
    name: "judge idleness",
    everyMs,
    run: () => judgeIdleness(world, { reach, looked }),
  };
}
