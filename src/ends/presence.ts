import { minuteMs } from "../idle/between.ts";
import { type Minute, signOf } from "../idle/minute.ts";

export type PresenceFacts = {
  now: Date;
  runningAt: Date;
  /** All that was written down of it since then, the oldest first. */
  minutes: readonly Minute[];
  isKept: boolean;
  /** From idleness. */
  isExempt: boolean;
};

/** Whether somebody has done anything with a container since it started. */
export type Presence = { evidence: Record<string, unknown> } & (
  | { is: "came"; because: string }
  | { is: "absent" }
  | { is: "unknown" }
);

/** Of the minutes since it started. */
const knownShare = 0.9;
/** The newest minute may be so old. A minute is written when it is over, with the sample after it. */
const freshMinutes = 3;

/**
 * Signing in is seen by what comes with it: something typed, a program's CPU or GPU, a download. What nobody looked at for
 * more than a tenth of the time, or just now, is not known.
 */
export function presence({ now, runningAt, minutes, isKept, isExempt }: PresenceFacts): Presence {
  const active = minutes.find((minute) => signOf(minute) === "active");
  const known = minutes.filter((minute) => signOf(minute) !== "unknown");
  const over = Math.max(1, Math.floor((now.getTime() - runningAt.getTime()) / minuteMs) - freshMinutes);
  const newest = known.at(-1);
  const evidence = { runningAt, knownMinutes: known.length, usedAt: active?.at ?? null, isKept, isExempt };
  if (active) return { is: "came", because: "It was used.", evidence };
  if (isKept) return { is: "came", because: "It is kept.", evidence };
  if (isExempt) return { is: "came", because: "It is exempt from idleness.", evidence };
  const isFresh =
    newest !== undefined && now.getTime() - newest.at.getTime() <= (1 + freshMinutes) * minuteMs;
  return { is: isFresh && known.length >= knownShare * over ? "absent" : "unknown", evidence };
}
