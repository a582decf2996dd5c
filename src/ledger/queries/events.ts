import { and, desc, eq, inArray, like } from "drizzle-orm";
import { type Event, events } from "../event-table.ts";
import type { Tx } from "../ledger.ts";

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

/** The newest of one kind that happened to a container. */
export async function newestOf(tx: Tx, containerId: number, what: string): Promise<Event | undefined> {
  const [newest] = await tx
    .select()
    .from(events)
    .where(and(eq(events.containerId, containerId), eq(events.what, what)))
    .orderBy(desc(events.id))
    .limit(1);
  return newest;
}

/** The newest grant of each container, by its id. */
export async function newestGrants(
  tx: Tx,
  containerIds: readonly number[],
): Promise<ReadonlyMap<number, Event>> {
  if (containerIds.length === 0) return new Map();
  const rows = await tx
    .selectDistinctOn([events.containerId])
    .from(events)
    .where(and(inArray(events.containerId, [...containerIds]), inArray(events.what, ["granted", "adopted"])))
    .orderBy(events.containerId, desc(events.id));
  return new Map(rows.map((event) => [event.containerId!, event]));
}

/** The newest change of what each device is, by its id. */
export async function newestDeviceChanges(
  tx: Tx,
  deviceIds: readonly string[],
): Promise<ReadonlyMap<string, Event>> {
  if (deviceIds.length === 0) return new Map();
  const rows = await tx
    .selectDistinctOn([events.deviceId])
    .from(events)
    .where(and(inArray(events.deviceId, [...deviceIds]), like(events.what, "device-%")))
    .orderBy(events.deviceId, desc(events.id));
  return new Map(rows.map((event) => [event.deviceId!, event]));
}
