import type { Clock } from "../world.ts";

/** The wall clock and the one that only moves forward may differ by this much from one look to the next. */
const mostDriftMs = 60_000;

/** Looks whether the wall clock jumped since the last look; answers when it was last seen to have. */
export function clockWatch(clock: Clock): () => Date | undefined {
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
