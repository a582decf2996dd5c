import { minuteMs } from "../idle/between.ts";
import type { Minute } from "../idle/minute.ts";
import { minutesFrom } from "../policy/notice-times.ts";

/** Of several devices: those that did nothing for the whole window, while others worked. */
export type PartUsed = { rested: string[]; devices: number; since: Date };

/** Of the window's minutes. */
const knownShare = 0.9;

/**
 * Whether only some of a container's devices were used for the whole `idle_timeout_h` up to now; undefined: all of them were,
 * none was, it has but one, or it is not known of enough of the time. A container is judged as one, so that is no idleness.
 */
export function partUsed(
  minutes: readonly Minute[],
  { now, startedAt, idleTimeoutHours }: { now: Date; startedAt: Date; idleTimeoutHours: number },
): PartUsed | undefined {
  const since = minutesFrom(now, -idleTimeoutHours * 60);
  const devices = minutes.at(-1)?.devices.length ?? 0;
  // In its first half hour nothing counts as rest.
  if (devices < 2 || startedAt > minutesFrom(since, -30)) return undefined;
  const seen = minutes.filter(({ at, devices: uses }) => at >= since && uses.length === devices);
  const known = seen.filter(({ devices: uses }) => uses.every(({ sign }) => sign !== "unknown"));
  if (known.length < (knownShare * (now.getTime() - since.getTime())) / minuteMs) return undefined;
  const used = new Set(
    seen.flatMap(({ devices: uses }) => uses.filter(({ sign }) => sign === "active").map(({ id }) => id)),
  );
  const rested = (known.at(-1)?.devices ?? []).map(({ id }) => id).filter((id) => !used.has(id));
  return rested.length > 0 && rested.length < devices ? { rested, devices, since } : undefined;
}
