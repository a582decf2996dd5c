import { LedgerUnreachable } from "../ledger/errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { World } from "../world.ts";

/** A monitor does not wait as long as a person would. */
const limitMs = 3_000;

/** What the ledger has, or undefined: it did not answer in time. */
export async function orAway<T>(world: World, look: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  const patience = new AbortController();
  const late = world.clock.sleep(limitMs, patience.signal).then(() => undefined);
  try {
    return await Promise.race([read(world, look), late]);
  } finally {
    patience.abort();
  }
}

async function read<T>(world: World, look: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  try {
    return await world.ledger.read(look);
  } catch (error) {
    if (error instanceof LedgerUnreachable) return undefined;
    throw error;
  }
}
