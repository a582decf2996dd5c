import { when } from "../sentence.ts";

/** Keep protects for so long from the instant it is pressed. */
export const keepHours = 2;
/** While somebody waits so many Keeps in a row are taken, if nothing was used between. */
const mostInARow = 2;

export type KeepAnswer = { until: Date } | { refused: string };

/**
 * May a container be kept now? `keptAt`: every Keep of its run; `usedAt`: the end of its last minute with activity other
 * than Keep; undefined: none. What was pressed before it was last used counts no more.
 */
export function judgeKeep({
  now,
  keptAt,
  usedAt,
  someoneWaits,
}: {
  now: Date;
  keptAt: readonly Date[];
  usedAt: Date | undefined;
  someoneWaits: boolean;
}): KeepAnswer {
  const inARow = keptAt
    .filter((at) => usedAt === undefined || at > usedAt)
    .toSorted((a, b) => a.getTime() - b.getTime());
  if (someoneWaits && inARow.length >= mostInARow)
    return {
      refused: `Somebody waits for what it holds, and it was kept twice, first ${when(inARow[0]!)}, without being used. Use it, and it stays.`,
    };
  return { until: new Date(now.getTime() + keepHours * 3_600_000) };
}
