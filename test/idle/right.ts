import type { Trace } from "./trace.ts";

/** What was thought of a trace's container at one instant; all by the watch that nobody sets. */
export type Seen = {
  atMs: number;
  is: "busy" | "idle" | "unknown";
  isFree: boolean;
  sinceMs: number | undefined;
};

const minuteMs = 60_000;
/** What becomes so is seen within so long: a minute must be over, and the sample after it taken. */
const seenWithinMs = 2 * minuteMs;

/** Where what was thought differs from what is right: a sentence for each stretch of it. Free too early is the worst. */
export function wrongs(trace: Trace, seen: readonly Seen[]): string[] {
  const found: string[] = [];
  for (const one of seen) {
    for (const sentence of wrongAt(trace, one))
      if (!found.some((known) => known.endsWith(sentence))) found.push(`${clock(one.atMs)} ${sentence}`);
  }
  return found;
}

function wrongAt({ right, stretches, happenings }: Trace, { atMs, is, isFree, sinceMs }: Seen): string[] {
  const wrong: string[] = [];
  const free = right.free.find(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + seenWithinMs);
  const mustBeFree = free && atMs >= free.fromMs + seenWithinMs && atMs <= free.toMs;
  if (isFree && !free) wrong.push("is free on demand, and should not be");
  if (!isFree && mustBeFree) wrong.push(`is not free on demand (${is}), and should be`);
  if (isFree && free && Math.abs((sinceMs ?? 0) - free.sinceMs) > seenWithinMs)
    wrong.push(`is idle since ${clock(sinceMs ?? 0)}, and should be since ${clock(free.sinceMs)}`);
  const blind = right.unknown.find(
    ({ fromMs, toMs }) => atMs >= fromMs - seenWithinMs && atMs <= toMs + seenWithinMs,
  );
  const mustBeUnknown = blind && atMs >= blind.fromMs + seenWithinMs && atMs <= blind.toMs - seenWithinMs;
  const isNew = (ms: number) => ms <= atMs && atMs - ms <= seenWithinMs;
  const justChanged = stretches.some((one) => isNew(one.fromMs)) || happenings.some((one) => isNew(one.atMs));
  if (is === "unknown" && !blind && !justChanged) wrong.push("is unknown, and should not be");
  if (is !== "unknown" && mustBeUnknown) wrong.push(`is ${is}, and should be unknown`);
  return wrong;
}

export function clock(ms: number): string {
  const minutes = Math.floor(ms / minuteMs);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
