import type { Container, Device, Wish } from "../ledger/schema.ts";

/** Something smaller than what was asked for, that could start at this moment. */
export type Smaller = { wish: Wish; hours: number };

export const mostSmaller = 2;
/** Less is not worth the signing in. */
const leastHours = 0.5;
const quarterMs = 15 * 60_000;

/**
 * What somebody who waits could have now instead, nearest to what they asked for first: the same until the hour that is
 * promised to another, fewer GPUs, a slice, no GPU; one of each kind and two in all. `startsNow` judges each as the line
 * would: nothing is told that it would not give at this moment. To one that ran before nothing is offered.
 */
export function smallerThings(
  asked: Pick<Container, "wish" | "hours" | "engineId">,
  { free, promisedAt, now }: { free: readonly Device[]; promisedAt: Date | undefined; now: Date },
  startsNow: (choice: Smaller) => boolean,
): Smaller[] {
  const { wish, hours, engineId } = asked;
  if (engineId !== null || wish.exactly !== undefined || wish.kind === "cpu") return [];
  const shorter = promisedAt ? hoursBefore(promisedAt, now).filter((some) => some < hours) : [];
  const inAnyTime = (one: Wish) => [hours, ...shorter].map((some) => ({ wish: one, hours: some }));
  const kinds: Smaller[][] = [
    shorter.map((some) => ({ wish, hours: some })),
    fewer(wish).flatMap(inAnyTime),
    slices(free, wish).flatMap(inAnyTime),
    [{ wish: { kind: "cpu" }, hours }],
  ];
  return kinds.flatMap((kind) => kind.find(startsNow) ?? []).slice(0, mostSmaller);
}

/** Quarters of an hour that end before it, the longest first: what is stopped needs some minutes to be free. */
function hoursBefore(promisedAt: Date, now: Date): number[] {
  const most = Math.floor((promisedAt.getTime() - now.getTime()) / quarterMs);
  return [most, most - 1, most - 2].map((quarters) => quarters / 4).filter((hours) => hours >= leastHours);
}

function fewer(wish: Wish): Wish[] {
  if (wish.kind !== "gpu") return [];
  return Array.from({ length: wish.count - 1 }, (_, i) => ({ ...wish, count: wish.count - 1 - i }));
}

function slices(free: readonly Device[], wish: Wish): Wish[] {
  const cut = free
    .filter((device) => device.sliceIndex !== null)
    .sort((a, b) => b.weight - a.weight || b.memoryMiB - a.memoryMiB);
  const profiles = new Set(cut.flatMap(({ profile }) => profile ?? []));
  if (wish.kind === "mig") profiles.delete(wish.profile);
  return [...profiles].map((profile) => ({ kind: "mig", profile }));
}
