/** When a request will be granted, as far as it can be told: rounded outward, so that what is told holds. */
export type Range = {
  earliest: Date;
  /** Null: it can't be told, or may be more than two days away. */
  latest: Date | null;
  /** By then at the latest these devices are its own: the promise. */
  promisedBy?: Date;
  /** What hinders telling more, as a sentence: "Not before someone stops." */
  because?: string;
};

const minute = 60_000;
const hour = 60 * minute;
/** Beyond this nobody is told an hour. */
export const horizonMs = 48 * hour;

/** What was foreseen of one request: undefined where it was not granted within the horizon. */
export type Foreseen = {
  /** If everybody leaves as early as many do. */
  early: Date | undefined;
  /** If everybody stays to the end. */
  late: Date | undefined;
  /** It has to wait for somebody of whom nobody can say when they leave. */
  isOpenEnded: boolean;
  promisedBy: Date | undefined;
  /** The promised instant has passed. */
  isLate?: boolean;
};

/** A quarter of an hour within the next four hours, whole hours beyond: outward, also from where `now` rounds. */
export function rangeOf({ early, late, isOpenEnded, promisedBy, isLate }: Foreseen, now: Date): Range {
  const latestEarly = new Date(now.getTime() + horizonMs);
  const earliest = down(early ?? (isOpenEnded ? now : latestEarly), now);
  if (isLate)
    return { earliest: down(now, now), latest: null, because: "As soon as what was promised is free." };
  if (promisedBy) return { earliest: earlier(earliest, promisedBy), latest: up(promisedBy, now), promisedBy };
  if (late) return { earliest: earlier(earliest, late), latest: up(late, now) };
  if (isOpenEnded && !early) return { earliest, latest: null, because: "Not before someone stops." };
  const because = early ? "It may take more than two days." : "In more than two days.";
  return { earliest, latest: null, because };
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

function step(instant: Date, now: Date): number {
  return instant.getTime() - now.getTime() > 4 * hour ? hour : hour / 4;
}

function down(instant: Date, now: Date): Date {
  const size = step(instant, now);
  return new Date(Math.floor(instant.getTime() / size) * size);
}

function up(instant: Date, now: Date): Date {
  const size = step(instant, now);
  return new Date(Math.ceil(instant.getTime() / size) * size);
}

/** Fewer leases than this tell nothing. */
const leastShares = 20;
const usualShare = 0.3;
/**
 * By the lower quartile a third of the ranges were too narrow where most stay to the end: several leave, and the first of
 * them is seldom an average one (docs/line.md has the figures).
 */
const quantile = 0.15;

/** The part of their hours that all but the 15 % who leave first held for. */
export function shareHeld(shares: readonly number[]): number {
  if (shares.length < leastShares) return usualShare;
  const sorted = [...shares].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * quantile)] ?? usualShare;
}
