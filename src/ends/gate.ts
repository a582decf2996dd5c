import type { End, Notice } from "../ledger/end-tables.ts";
import { minutesFrom, type NoticeMinutes } from "../policy/notice-times.ts";
import { newestLast } from "./ladder.ts";
import type { Reach } from "./reach.ts";
import { holds, pressableFrom, unsettled } from "./settled.ts";
import type { Still } from "./still.ts";

export type Held =
  | "not-due"
  | "another-comes-first"
  | "not-so-any-more"
  | "not-known"
  | "slack-is-away"
  | "slack-just-came-back"
  | "unsettled"
  | "no-receipt"
  | "too-soon-after-the-notice";

/** Either way the numbers it was judged by are what the event says. */
export type Verdict = { pass: boolean; held?: Held; until?: Date; evidence: Record<string, unknown> };

/**
 * May the end come now? Only if everybody concerned had the last notice for its full time, while Slack and the bot were
 * there to take an answer. `until`: the earliest instant at which that may be otherwise, if the clock alone decides.
 */
export function gate(
  end: End,
  {
    earliest,
    told,
    now,
    reach,
    notices,
    still,
  }: {
    earliest: Pick<End, "id">;
    told: readonly Notice[];
    now: Date;
    reach: Reach;
    notices: NoticeMinutes;
    /** Of an end that depends on what its container does. */
    still?: Still | undefined;
  },
): Verdict {
  const last = newestLast(told);
  const evidence = {
    rule: "an end comes only after its last notice, and 15 minutes in which an answer could arrive",
    reason: end.reason,
    at: end.at,
    lastNotice: last ? { id: last.id, attempt: last.attempt, acceptedAt: last.acceptedAt } : null,
    minutesBetween: notices.last_m,
    slackConnectedSince: reach.connectedSince ?? null,
    activeSince: reach.activeSince,
    ...(still ? { still: still.is, ...still.evidence } : {}),
  };
  const hold = (held: Held, until?: Date): Verdict => ({
    pass: false,
    held,
    ...(until ? { until } : {}),
    evidence: { ...evidence, held },
  });
  if (now < end.at) return hold("not-due", end.at);
  if (earliest.id !== end.id) return hold("another-comes-first");
  if (still && still.is !== "so") return hold(still.is === "unknown" ? "not-known" : "not-so-any-more");
  const pressable = pressableFrom(reach);
  if (!pressable) return hold("slack-is-away");
  const restless = unsettled(reach, now);
  if (restless)
    return {
      ...hold("unsettled", restless.until),
      evidence: { ...evidence, held: "unsettled", ...restless },
    };
  if (!last?.acceptedAt || !holds(last, reach, now)) return hold("no-receipt");
  const answered = minutesFrom(last.acceptedAt, notices.last_m);
  if (now < answered) return hold("too-soon-after-the-notice", answered);
  if (now < pressable) return hold("slack-just-came-back", pressable);
  return { pass: true, evidence };
}
