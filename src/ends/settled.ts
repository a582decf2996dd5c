import type { Notice } from "../ledger/end-tables.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import type { Gap, Reach } from "./reach.ts";

/** So long after it came back the bot only looks: what people did meanwhile arrives first. */
const settleMinutes = 15;
/** Slack away for longer than this is a coming back of the bot too. */
const longAwayMinutes = 5;

/**
 * A gap up to this long takes nothing from a notice: Slack shows at once that a press failed, and it can be repeated.
 * Slack's own refresh of a socket, every hour or so, costs 1–2 s. All of them together may not be longer than the second.
 */
const shortGapSeconds = 30;
const shortGapsSeconds = 60;
/** So long Slack must have been there again after a short gap, for the press to be repeated. */
const pressAgainMinutes = 2;

export type Unsettled = { because: "started" | "slack-was-away" | "clock-jumped"; until: Date };

/**
 * Why the bot may not stop anything yet; undefined: it is settled. A restored database is a start: nobody can restore one
 * under a bot that stays the active one.
 */
export function unsettled(reach: Reach, now: Date): Unsettled | undefined {
  const reasons = [
    { because: "started" as const, from: reach.activeSince },
    ...reach.gaps
      .filter((gap) => lengthSeconds(gap, now) > longAwayMinutes * 60)
      .map((gap) => ({ because: "slack-was-away" as const, from: gap.until ?? now })),
    ...(reach.clockJumpedAt ? [{ because: "clock-jumped" as const, from: reach.clockJumpedAt }] : []),
  ];
  return reasons
    .map(({ because, from }) => ({ because, until: minutesFrom(from, settleMinutes) }))
    .filter(({ until }) => until > now)
    .sort((a, b) => b.until.getTime() - a.until.getTime())[0];
}

/** Since when a press lost in a short gap could have been repeated for long enough; undefined: not yet. */
export function pressableFrom(reach: Reach): Date | undefined {
  return reach.connectedSince && minutesFrom(reach.connectedSince, pressAgainMinutes);
}

/**
 * Whether an answer to a notice accepted then would have arrived: neither the bot nor Slack came back since. Short gaps
 * are none.
 */
export function holds({ acceptedAt }: Pick<Notice, "acceptedAt">, reach: Reach, now: Date): boolean {
  if (acceptedAt === null || acceptedAt < reach.activeSince) return false;
  const since = reach.gaps
    .filter(({ until }) => until === undefined || until > acceptedAt)
    .map((gap) => lengthSeconds(gap, now));
  const all = since.reduce((sum, seconds) => sum + seconds, 0);
  return since.every((seconds) => seconds <= shortGapSeconds) && all <= shortGapsSeconds;
}

function lengthSeconds({ from, until }: Gap, now: Date): number {
  return ((until ?? now).getTime() - from.getTime()) / 1000;
}
