import { desc, eq } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { type Event, events } from "../schema.ts";

/** Writes history, in the transaction that makes it true. One statement however many. */
export async function record(tx: Tx, happened: NewEvent | NewEvent[]): Promise<void> {
  const rows = [happened].flat();
  if (rows.length > 0) await tx.insert(events).values(rows);
}

export type NewEvent = typeof events.$inferInsert;

/** The newest first. */
export async function eventsOfContainer(tx: Tx, containerId: number, most: number): Promise<Event[]> {
  return tx
    .select()
    .from(events)
    .where(eq(events.containerId, containerId))
    .orderBy(desc(events.id))
    .limit(most);
}
