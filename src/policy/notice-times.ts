import type { Policy } from "./policy.ts";

type Notices = Pick<Policy["notices"], "first_m" | "last_m">;

/** The instant itself, or as much later as the last notice needs: nobody is told when it is too late to answer. */
export function withTimeToAnswer(at: Date, now: Date, notices: Notices): Date {
  const earliest = minutesFrom(now, notices.last_m);
  return at > earliest ? at : earliest;
}

export function minutesFrom(instant: Date, minutes: number): Date {
  return new Date(instant.getTime() + minutes * 60_000);
}
