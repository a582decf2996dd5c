import type { Holder } from "../ledger/queries/holders.ts";

const minute = 60_000;

/** A start takes at most so long; what takes longer is given up and cleaned away. */
export const startLimitMs = 15 * minute;
/** Between an end and the moment its devices are free: the stop, its grace, and the look whether they are empty. */
export const cleanUpMs = 15 * minute;
/** No stop comes sooner after a last notice. */
const lastNoticeMs = 15 * minute;
/** Who is still there so long after the end was not stopped for a reason that nobody here knows the end of. */
const overdueLimitMs = 30 * minute;

/**
 * When a holder is to leave by what was agreed, if it does not leave before. Null: nobody can say.
 * A stopped one whose GPU is kept may run again within the keep time and stay to the same end: so it counts as staying.
 */
export function dueAt(holder: Holder, now: Date): Date | null {
  if (isLeaving(holder, now)) return now;
  return earliest(hoursOver(holder), holder.adminEndsAt);
}

function hoursOver({ isExempt, state, stateSince, hours, endsAt, gpuKeptUntil }: Holder): Date | null {
  if (isExempt) return null;
  if (state === "starting" && endsAt === null)
    return new Date(stateSince.getTime() + startLimitMs + hours * 60 * minute);
  return state === "stopped" ? latest(endsAt, gpuKeptUntil) : endsAt;
}

/**
 * The earliest instant at which nobody could say any more that it should be there: that it is due, or, if that is past, the
 * 15 minutes that its last notice gives it. Null: nobody can say, also of one that is overdue for long.
 */
export function leavesBy(holder: Holder, now: Date): Date | null {
  const due = dueAt(holder, now);
  if (due === null || due >= now) return due;
  const isStuck = now.getTime() - due.getTime() > overdueLimitMs;
  return isStuck ? null : new Date(now.getTime() + lastNoticeMs);
}

/** When it leaves if it uses no more of its hours than `share`; a stopped one does not come back. Null: nobody can say. */
export function leavesEarly(holder: Holder, now: Date, share: number): Date | null {
  const by = leavesBy(holder, now);
  if (by === null) return null;
  const early =
    holder.state === "stopped"
      ? (holder.gpuKeptUntil ?? now)
      : new Date(holder.grantedAt.getTime() + holder.hours * share * 60 * minute);
  return new Date(Math.max(now.getTime(), Math.min(by.getTime(), early.getTime())));
}

/** On its way out, and it keeps nothing. */
function isLeaving({ state, wanted, wantedBy, gpuKeptUntil }: Holder, now: Date): boolean {
  if (wanted === "retired") return true;
  if (state === "stopped") return gpuKeptUntil === null || gpuKeptUntil <= now;
  // It stops to go on with other devices.
  if (state === "stopping" && wanted === "running") return true;
  return wanted === "stopped" && wantedBy !== "owner" && wantedBy !== "crash";
}

function earliest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? other : one;
}

function latest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}
