import { isAtTimeOfDay, nextTimeOfDay } from "../instant.ts";
import { minutesFrom, type NoticeMinutes } from "../policy/notice-times.ts";
import type { Policy } from "../policy/policy.ts";

/** So long after its end somebody who did not come stands where they stood in the line, if they come then. */
export const placeKeptDays = 7;

/** When nobody can be expected any more: after those minutes, or, where they or the notice before fall in the night, after it. */
export function noShowAt({
  now,
  minutes,
  night,
  timeZone,
  notices,
}: {
  now: Date;
  minutes: number;
  night: Policy["night"];
  /** Its owner's. */
  timeZone: string;
  notices: Pick<NoticeMinutes, "last_m">;
}): Date {
  const at = minutesFrom(now, minutes);
  const asleep = [at, minutesFrom(at, -notices.last_m)].find((one) => isAtTimeOfDay(one, night, timeZone));
  return asleep ? minutesFrom(nextTimeOfDay(asleep, night.to, timeZone), minutes) : at;
}
