import type { End, Notice } from "../ledger/end-tables.ts";
import { later, minutesFrom, type NoticeMinutes, noticeTimes } from "../policy/notice-times.ts";
import type { Reach } from "./reach.ts";
import { holds } from "./settled.ts";

export type Step = Pick<Notice, "step" | "attempt">;

/** However often Slack comes and goes, the same is not told again sooner than this. */
const againAfterMinutes = 5;

/**
 * The notice of an end that is due now and not written yet: the first, the last, or the last once more because Slack or the
 * bot was away after it and an answer could not have arrived. Where both would be due, the last alone. None is written
 * while Slack is away: it would be read too late.
 */
export function noticeDue(
  end: Pick<End, "at">,
  told: readonly Notice[],
  { now, reach, notices }: { now: Date; reach: Reach; notices: NoticeMinutes },
): Step | undefined {
  if (reach.connectedSince === undefined) return undefined;
  const due = noticeTimes(end.at, notices);
  if (now < due.first) return undefined;
  if (now < due.last) return told.length === 0 ? { step: "first", attempt: 1 } : undefined;
  const last = newestLast(told);
  if (!last) return { step: "last", attempt: 1 };
  // On its way: the outbox goes on trying.
  if (last.acceptedAt === null || holds(last, reach, now)) return undefined;
  return now >= againFrom(last) ? { step: "last", attempt: last.attempt + 1 } : undefined;
}

/** What a notice that is sent then says: the instant from which the end can come. */
export function comesAt(end: Pick<End, "at">, told: Date, notices: NoticeMinutes): Date {
  return later(end.at, minutesFrom(told, notices.last_m));
}

/** The next instant, later than now, at which another notice may be due. */
export function laddersInstants(
  end: Pick<End, "at">,
  told: readonly Notice[],
  notices: NoticeMinutes,
): Date[] {
  const due = noticeTimes(end.at, notices);
  const last = newestLast(told);
  return [due.first, due.last, end.at, ...(last ? [againFrom(last)] : [])];
}

export function newestLast(told: readonly Notice[]): Notice | undefined {
  return told
    .filter(({ step }) => step === "last")
    .toSorted((a, b) => a.attempt - b.attempt)
    .at(-1);
}

function againFrom({ writtenAt }: Notice): Date {
  return minutesFrom(writtenAt, againAfterMinutes);
}
