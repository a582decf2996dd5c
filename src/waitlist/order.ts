import type { Container } from "../ledger/schema.ts";
import type { Policy } from "../policy/policy.ts";
import { when } from "../sentence.ts";

const hourMs = 3_600_000;
/** A minute in which a container of one's own ran is no reason to speak of it. */
const worthSayingMs = 60_000;

/** What a place in the line is made of. */
export type Place = Pick<Container, "id" | "firstSince" | "standsAt">;

/**
 * Where a request stands: as if it had been asked one hour later for every so many GPU-equivalent-hours its member held in
 * the 7 days before. Fixed at asking: nothing that happens later changes it.
 */
export function standing(askedAt: Date, heldGpuHours: number, line: Policy["line"]): Date {
  const handicapHours = Math.min(
    line.handicap_max_h,
    Math.max(0, heldGpuHours) / line.handicap_gpu_h_per_hour,
  );
  return new Date(askedAt.getTime() + Math.round(handicapHours * hourMs));
}

/** From when on what was held counts for a place that is asked for now. */
export function heldSince(now: Date): Date {
  return new Date(now.getTime() - 7 * 24 * hourMs);
}

/** For sorting: whom an admin put first, in the order they did so; then where each stands; then who was written down first. */
export function byPlace(a: Place, b: Place): number {
  const first = (a.firstSince?.getTime() ?? Infinity) - (b.firstSince?.getTime() ?? Infinity);
  if (first !== 0 && !Number.isNaN(first)) return first;
  return a.standsAt.getTime() - b.standsAt.getTime() || a.id - b.id;
}

/** How its place came about, as a sentence for its owner. */
export function placeInWords(
  container: Pick<Container, "askedAt" | "standsAt" | "heldGpuHours" | "firstSince" | "firstBecause">,
): string {
  const { askedAt, standsAt, heldGpuHours, firstSince, firstBecause } = container;
  if (firstSince)
    return `An admin put it first in the line ${when(firstSince)}: ${firstBecause ?? "no reason given"}.`;
  if (standsAt.getTime() - askedAt.getTime() < worthSayingMs)
    return `You asked ${when(askedAt)}, and there you stand.`;
  const held = heldGpuHours >= 10 ? Math.round(heldGpuHours) : Math.round(heldGpuHours * 10) / 10;
  return `You asked ${when(askedAt)}; you held ${held} GPU-hours this week, so you stand as if you had asked ${when(standsAt)}.`;
}
