import type { Tx } from "../ledger/ledger.ts";
import { devicesOfLastRun, updateContainer } from "../ledger/queries/containers.ts";
import type { NewEvent } from "../ledger/queries/events.ts";
import { endLeases, heldGpuHours } from "../ledger/queries/leases.ts";
import type { Container, Wish } from "../ledger/schema.ts";
import { heldSince, standing } from "../waitlist/order.ts";
import { serve } from "../waitlist/serve.ts";
import type { World } from "../world.ts";

/**
 * A stopped container asks again for what it wished for, as a new request: a place in the line, a new term. What it was made
 * with is preferred; what can't be carried over to others waits for that. `fresh`: it gives up what was changed in it.
 * `wished` is the event that says so, with what its place in the line was made from; it comes before any grant.
 */
export async function askAnew(
  tx: Tx,
  world: World,
  container: Container,
  now: Date,
  { fresh = false, wished }: { fresh?: boolean; wished: (asked: Asked) => NewEvent },
): Promise<void> {
  const wish = await wishAgain(tx, container, fresh);
  // The keep time may have ended a moment before its loop came round; the devices were seen empty when it stopped.
  await endLeases(tx, container.id, now);
  const place = await placeOf(tx, world, container, now);
  await updateContainer(tx, container.id, {
    state: "waiting",
    stateSince: now,
    wanted: "running",
    wantedBy: "owner",
    run: container.run + 1,
    wish,
    resume: fresh ? "fresh" : wish.exactly ? "too-large" : null,
    ...place,
    placeKeptUntil: null,
    firstSince: null,
    firstBecause: null,
    gpuKeptUntil: null,
    trouble: null,
    outcome: null,
  });
  const { standsAt, heldGpuHours: held } = place;
  await serve(tx, world, [wished({ wish, standsAt, heldGpuHours: held, line: world.policy.line })]);
}

/** A new one; or, of one that nobody came to when it was its turn, the one it had, while that is kept. */
async function placeOf(
  tx: Tx,
  world: World,
  { memberId, placeKeptUntil, askedAt, standsAt, heldGpuHours: heldThen }: Container,
  now: Date,
): Promise<Pick<Container, "askedAt" | "standsAt" | "heldGpuHours">> {
  if (placeKeptUntil !== null && placeKeptUntil > now) return { askedAt, standsAt, heldGpuHours: heldThen };
  const held = await heldGpuHours(tx, memberId, heldSince(now), now);
  return { askedAt: now, standsAt: standing(now, held, world.policy.line), heldGpuHours: held };
}

export type Asked = { wish: Wish; standsAt: Date; heldGpuHours: number; line: World["policy"]["line"] };

async function wishAgain(tx: Tx, container: Container, fresh: boolean): Promise<Wish> {
  const { exactly, preferably = exactly, ...wish } = container.wish;
  const held = await devicesOfLastRun(tx, container);
  // A start that failed left it as it was made before; and it may have been found on the engine, without a lease.
  const lastRan = container.runningAt !== null && held.length > 0;
  const madeWith = lastRan ? held : (preferably ?? held);
  if (madeWith.length === 0) return wish;
  // Also of one that is to start fresh: it may leave the line again, with all that is in it.
  if (fresh || container.resume !== "too-large") return { ...wish, preferably: madeWith };
  // With all of them, also if it was to go on with fewer: there is no other way to what is in it.
  return { ...wish, ...(wish.kind === "gpu" ? { count: madeWith.length } : {}), exactly: madeWith };
}
