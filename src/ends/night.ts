import { isAtTimeOfDay, nextTimeOfDay } from "../instant.ts";
import type { End } from "../ledger/end-tables.ts";
import { type NoticeMinutes, noticeTimes } from "../policy/notice-times.ts";
import type { Policy } from "../policy/policy.ts";

/** Times of day on the clock of whoever owns what ends. */
export type Night = Policy["night"];

/**
 * The instant in the morning to which an end is put off because it, or a notice of it, would fall in its owner's night and
 * nobody waits for what it holds; once. Undefined: it stays. What an admin said stays, and what somebody is to be served by.
 */
export function outOfNight(
  end: Pick<End, "reason" | "at" | "evidence">,
  { night, timeZone, isWaitedFor, now, notices }: NightFacts,
): Date | undefined {
  if (end.reason === "admin" || end.reason === "no-show" || isWaitedFor) return undefined;
  if (end.evidence.putOffAtNight !== undefined || end.evidence.servedBy !== undefined) return undefined;
  const { first, last } = noticeTimes(end.at, notices);
  const disturbs = [end.at, last, first].find((at) => isAtTimeOfDay(at, night, timeZone));
  const morning = disturbs && nextTimeOfDay(disturbs, night.moved_to, timeZone);
  return morning && morning > end.at && morning > now ? morning : undefined;
}

export type NightFacts = {
  night: Night;
  /** Its owner's. */
  timeZone: string;
  /** Somebody waits whom its devices would serve, or was promised one of them. */
  isWaitedFor: boolean;
  now: Date;
  notices: NoticeMinutes;
};
