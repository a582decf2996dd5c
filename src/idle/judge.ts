import { minuteMs, minuteOf } from "./between.ts";
import { keepHours } from "./keep.ts";
import { type Back, gapMinutes, lookBack } from "./look-back.ts";
import { type Minute, type Sign, signOf, signOfDevices } from "./minute.ts";

/** What is known of a container besides its minutes. */
export type Facts = {
  now: Date;
  startedAt: Date;
  /** Its owner's `idle_timeout_h`. */
  idleTimeoutHours: number;
  /** When Keep was last pressed. */
  keptAt: Date | undefined;
  /** An exemption from idleness is in force. */
  isExempt: boolean;
  /**
   * The bot was there long enough since it came back or the clock was set (src/ends/settled.ts), and it looked in the last
   * six minutes, by a clock that nobody sets.
   */
  isSettled: boolean;
};

export type Judgement = {
  /** Free on demand: no stop, but what one may come from. */
  isReclaimable: boolean;
  /** The rule and the numbers it was judged by, for the event and for whoever asks why. */
  evidence: Record<string, unknown>;
} & ({ is: "busy" } | { is: "idle"; since: Date } | { is: "unknown" });

const hourMs = 60 * minuteMs;
/** Time to find the message and the key. */
const youngMs = 30 * minuteMs;
/** A device idle for so long makes its container idle, however busy the CPU is. */
const deviceIdleMs = 8 * hourMs;
const leastTimeoutMs = hourMs / 2;
/** Of the minutes it is judged by. */
const unknownShare = 0.1;
/** A minute is written down when the sample after it was taken. */
const writtenAfterMs = 30_000;

/**
 * Is the container busy, idle since when, or can't it be said? `minutes`: what was written down of it, the oldest first, at
 * least the last `judgedMinutes`; where one is missing nobody looked. What is missing makes it unknown, and never idle.
 */
export function judge(minutes: readonly Minute[], facts: Facts): Judgement {
  const { now, keptAt, isExempt, isSettled } = facts;
  const start = startOf(minutes, facts);
  const timeoutMs = timeoutOf(facts.idleTimeoutHours);
  const devicesMs = Math.max(deviceIdleMs, timeoutMs);
  const hasDevices = (minutes.at(-1)?.devices.length ?? 0) > 0;
  const span = spanOf(minutes, start, facts);
  const all = lookBack(backwards(minutes, span, keptAt, signOf), timeoutMs / minuteMs);
  const onDevices = lookBack(backwards(minutes, span, keptAt, signOfDevices), devicesMs / minuteMs);

  const newest = minutes.at(-1)?.at;
  if (newest && newest > now)
    return is("unknown", "what was written down lies ahead of the clock, so nobody knows how old it is");
  if (hasDevices && isSettled && isKnown(onDevices, devicesMs) && idleMs(onDevices) >= devicesMs)
    return idle(onDevices, "a device idle for 8 hours makes its container idle, however busy the CPU is");
  if (all.isActive && all.unseen <= gapMinutes)
    return is("busy", "a minute is active if a device, the CPU, the network or a person is");
  if (now.getTime() - start.getTime() < youngMs) return is("busy", "nothing is idle in its first 30 minutes");
  if (!isSettled)
    return is(
      "unknown",
      "nothing is judged while nobody looks, and for 15 minutes after the bot came back or the clock was set",
    );
  if (all.unseen > gapMinutes || !isKnown(all, timeoutMs))
    return is("unknown", "of the minutes it is judged by 90 percent must be known, and the last ones too");
  return idle(all, "a minute is idle if no device, CPU, network or person is active in it");

  function idleMs(back: Back): number {
    return now.getTime() - sinceOf(back).getTime();
  }

  function sinceOf(back: Back): Date {
    return new Date(Math.max(span.endsMs - back.idle * minuteMs, start.getTime() + youngMs));
  }

  function idle(back: Back, rule: string): Judgement {
    const isKept = keptAt !== undefined && now.getTime() - keptAt.getTime() < keepHours * hourMs;
    const since = sinceOf(back);
    return {
      is: "idle",
      since,
      isReclaimable: hasDevices && !isKept && !isExempt && idleMs(back) >= timeoutMs,
      evidence: { ...evidence(rule, back), idleSince: since, isKept, isExempt },
    };
  }

  function is(what: "busy" | "unknown", rule: string): Judgement {
    return { is: what, isReclaimable: false, evidence: evidence(rule, all) };
  }

  function evidence(rule: string, { unknown }: Back): Record<string, unknown> {
    return {
      rule,
      idleTimeoutHours: timeoutMs / hourMs,
      seenUntil: new Date(span.endsMs),
      unknownMinutes: unknown,
    };
  }
}

/** So many minutes back a judgement looks. Given more, it says since when exactly something is idle for longer. */
export function judgedMinutes(idleTimeoutHours: number): number {
  return (Math.max(deviceIdleMs, timeoutOf(idleTimeoutHours)) + youngMs) / minuteMs;
}

function timeoutOf(idleTimeoutHours: number): number {
  return Math.max(idleTimeoutHours * hourMs, leastTimeoutMs);
}

function isKnown({ unknown }: Back, windowMs: number): boolean {
  return unknown <= (unknownShare * windowMs) / minuteMs;
}

type Span = { beginsMs: number; endsMs: number };

/** One that starts tomorrow did so before the clock was set back: nobody knows how old it is, so it is young. */
function startOf(minutes: readonly Minute[], { now, startedAt }: Facts): Date {
  if (startedAt <= now) return startedAt;
  return (minutes.findLast(({ isSevered }) => isSevered) ?? minutes[0])?.at ?? now;
}

/** From the container's start to the end of the last minute that can have been written down. */
function spanOf(minutes: readonly Minute[], start: Date, { now, idleTimeoutHours }: Facts): Span {
  const over = minuteOf(now);
  const newest = minutes.findLast(({ at }) => at.getTime() < over);
  const isLate = newest?.at.getTime() !== over - minuteMs && now.getTime() - over < writtenAfterMs;
  const endsMs = isLate ? over - minuteMs : over;
  const first = minutes[0]?.at.getTime() ?? endsMs;
  const beginsMs = Math.max(
    minuteOf(start),
    Math.min(first, endsMs - judgedMinutes(idleTimeoutHours) * minuteMs),
  );
  return { beginsMs, endsMs };
}

/** The signs of a span's minutes, the newest first. */
function* backwards(
  minutes: readonly Minute[],
  { beginsMs, endsMs }: Span,
  keptAt: Date | undefined,
  signOfMinute: (minute: Minute) => Sign,
): Generator<Sign | "severed"> {
  const kept = keptAt && minuteOf(keptAt);
  let i = minutes.length - 1;
  for (let at = endsMs - minuteMs; at >= beginsMs; at -= minuteMs) {
    while (i >= 0 && minutes[i]!.at.getTime() > at) i -= 1;
    const minute = minutes[i]?.at.getTime() === at ? minutes[i] : undefined;
    const sign = minute ? signOfMinute(minute) : "unknown";
    if (kept === at || sign === "active") yield "active";
    else yield minute?.isSevered ? "severed" : sign;
  }
}
