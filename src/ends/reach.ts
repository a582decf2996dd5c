/** A time in which nobody's press could arrive; `until` is undefined while it lasts. */
export type Gap = { from: Date; until: Date | undefined };

/** What the Slack room knows of its connection. */
export type SlackReach = {
  /** Since when Slack can reach us; undefined while it can't. */
  connectedSince: Date | undefined;
  /** When it could not since this process began, as far as that matters to an end; the oldest first. */
  gaps: readonly Gap[];
};

/** What the gate knows of Slack and of the bot's own life: a value, read anew at each decision. */
export type Reach = SlackReach & {
  /** Since when this process is the active bot, without a break. */
  activeSince: Date;
  /** When the wall clock was last seen to have jumped, by the clock as it is now. */
  clockJumpedAt: Date | undefined;
};

/**
 * After the clock was set back some instants lie ahead of it. They were before the jump, and by the clock as it is now
 * that is the best that can be said of them.
 */
export function asOf(reach: Reach, now: Date): Reach {
  const jumped = reach.clockJumpedAt;
  if (!jumped) return reach;
  const past = (instant: Date) => (instant > now ? jumped : instant);
  return {
    ...reach,
    activeSince: past(reach.activeSince),
    connectedSince: reach.connectedSince && past(reach.connectedSince),
    gaps: reach.gaps.map(({ from, until }) => ({ from: past(from), until: until && past(until) })),
  };
}
