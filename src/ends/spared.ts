import type { End } from "../ledger/end-tables.ts";
import type { Exemption } from "../ledger/limit-tables.ts";
import { later, minutesFrom, type NoticeMinutes } from "../policy/notice-times.ts";

export type Spared =
  /** An exemption goes on after it: it ends when that does. */
  | { to: Date; by: Exemption }
  /** The exemption that moved it was taken back: its hours count again, with the time of both notices. */
  | { to: Date; by: undefined };

/**
 * Whether an end is to be moved because its container is exempt, or is not any more. Only the hours can be spared, and an
 * exemption that ends before they do changes nothing. `exemptions`: those of the container that were not taken back.
 */
export function spared(
  end: Pick<End, "reason" | "at" | "evidence">,
  exemptions: readonly Exemption[],
  { now, notices }: { now: Date; notices: NoticeMinutes },
): Spared | undefined {
  if (end.reason !== "end") return undefined;
  const longest = exemptions
    .filter(({ spares, until, endedAt }) => spares === "end" && endedAt === null && until > now)
    .toSorted((a, b) => b.until.getTime() - a.until.getTime())[0];
  if (longest && longest.until > end.at) return { to: longest.until, by: longest };
  const { exemptionId, movedFrom } = end.evidence;
  if (exemptionId === undefined || exemptions.some(({ id }) => id === exemptionId)) return undefined;
  const inTime = minutesFrom(now, notices.first_m);
  const hours = new Date(String(movedFrom));
  const back = longest && longest.until > hours ? longest.until : hours;
  const to = later(back, inTime);
  return to < end.at ? { to, by: undefined } : undefined;
}
