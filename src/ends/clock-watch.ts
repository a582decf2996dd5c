import type { Clock } from "../world.ts";
import type { Reach, SlackReach } from "./reach.ts";

/** The wall clock and the one that only moves forward may differ by this much from one look to the next. */
const mostDriftMs = 60_000;

/** Looks whether the wall clock jumped since the last look; answers when it was last seen to have. */
function clockWatch(clock: Clock): () => Date | undefined {
  const offsetNow = () => clock.now().getTime() - clock.monotonicMs();
  let offset = offsetNow();
  let jumpedAt: Date | undefined;
  return () => {
    const drift = Math.abs(offsetNow() - offset);
    offset = offsetNow();
    if (drift > mostDriftMs) jumpedAt = clock.now();
    return jumpedAt;
  };
}

/** What the gate may know from now on, in one life as the active bot: it knows since when that is, and nothing of an earlier one. */
export function reachFromNow(clock: Clock, slack: () => SlackReach): () => Reach {
  const activeSince = clock.now();
  const jumped = clockWatch(clock);
  return () => ({ ...slack(), activeSince, clockJumpedAt: jumped() });
}
