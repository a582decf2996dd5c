import type { Policy } from "./policy.ts";

/** How long before an end its notices come. */
export type NoticeMinutes = Pick<Policy["notices"], "first_m" | "last_m">;

/** The same, and how long before files go the first one comes. */
export type NoticePolicy = NoticeMinutes & Pick<Policy["notices"], "remove_first_h">;

/**
 * Of an end of that kind: a removal is told a day before; that one must come by then is said when its turn has come
 * (src/containers/no-show.ts), and then once more.
 */
export function noticesOf(
  end: { reason: string },
  { remove_first_h, ...minutes }: NoticePolicy,
): NoticeMinutes {
  if (end.reason === "no-show") return { ...minutes, first_m: minutes.last_m };
  return end.reason === "remove" ? { ...minutes, first_m: remove_first_h * 60 } : minutes;
}

/** When the notices of an end at that instant are due. */
export function noticeTimes(at: Date, notices: NoticeMinutes): { first: Date; last: Date } {
  return { first: minutesFrom(at, -notices.first_m), last: minutesFrom(at, -notices.last_m) };
}

/** The instant itself, or as much later as the last notice needs: nobody is told when it is too late to answer. */
export function withTimeToAnswer(at: Date, now: Date, notices: NoticeMinutes): Date {
  return later(at, minutesFrom(now, notices.last_m));
}

export function minutesFrom(instant: Date, minutes: number): Date {
  return new Date(instant.getTime() + minutes * 60_000);
}

export function later(one: Date, other: Date): Date {
  return one.getTime() > other.getTime() ? one : other;
}
