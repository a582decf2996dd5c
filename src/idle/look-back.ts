import type { Sign } from "./minute.ts";

export type Back = {
  /** The last minute that is known was active. */
  isActive: boolean;
  /** So many minutes it is idle, up to the last one; those of a short gap are among them. */
  idle: number;
  /** Minutes at the end of which nothing is known. */
  unseen: number;
  /** Of the last `window` minutes, as far as none after them was active. */
  unknown: number;
};

/** A gap longer than this may hide a run. */
export const gapMinutes = 5;

/**
 * Goes back through the minutes, given newest first, to the last active one. Idleness is counted from its end, from the end
 * of a long gap, or from where the clock was set (`severed`), whichever is the latest.
 */
export function lookBack(signs: Iterable<Sign | "severed">, window: number): Back {
  const back: Back = { isActive: false, idle: 0, unseen: 0, unknown: 0 };
  let seen = 0;
  let gap = 0;
  let idle: number | undefined;
  for (const sign of signs) {
    if (sign === "active") {
      back.isActive = back.unseen === seen;
      break;
    }
    gap = sign === "unknown" ? gap + 1 : 0;
    if (sign === "severed") idle ??= seen;
    if (gap > gapMinutes) idle ??= seen + 1 - gap;
    if (gap > seen) back.unseen = gap;
    if (sign === "unknown" && seen < window) back.unknown += 1;
    seen += 1;
    if (idle !== undefined && seen >= window) break;
  }
  back.idle = idle ?? seen;
  return back;
}
