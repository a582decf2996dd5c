import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { activeBot } from "../bot-tables.ts";
import type { Tx } from "../ledger.ts";
import { type Device, devices, type NodeRow, nodes } from "../schema.ts";
import { hasMemory } from "./line.ts";

export async function allNodes(tx: Tx): Promise<NodeRow[]> {
  return tx.select().from(nodes).orderBy(asc(nodes.id));
}

export async function nodeById(tx: Tx, id: string): Promise<NodeRow | undefined> {
  return (await tx.select().from(nodes).where(eq(nodes.id, id)))[0];
}

/** Writes the node as it is seen now; a new one begins as given, a known one changes only what is named. */
export async function upsertNode(tx: Tx, row: typeof nodes.$inferInsert): Promise<void> {
  const { id: _, ...change } = row;
  await tx.insert(nodes).values(row).onConflictDoUpdate({ target: nodes.id, set: change });
}

export async function currentEpoch(tx: Tx): Promise<number> {
  return (await tx.select({ epoch: activeBot.epoch }).from(activeBot))[0]?.epoch ?? 0;
}

export async function devicesOfNode(tx: Tx, nodeId: string): Promise<Device[]> {
  return tx
    .select()
    .from(devices)
    .where(eq(devices.nodeId, nodeId))
    .orderBy(asc(devices.gpuIndex), asc(devices.sliceIndex));
}

export async function allDevices(tx: Tx): Promise<Device[]> {
  return tx
    .select()
    .from(devices)
    .orderBy(asc(devices.nodeId), asc(devices.gpuIndex), asc(devices.sliceIndex));
}

export async function devicesById(tx: Tx, ids: readonly string[]): Promise<Device[]> {
  if (ids.length === 0) return [];
  return tx
    .select()
    .from(devices)
    .where(inArray(devices.id, [...ids]))
    .orderBy(asc(devices.gpuIndex), asc(devices.sliceIndex));
}

export async function upsertDevices(tx: Tx, rows: (typeof devices.$inferInsert)[]): Promise<void> {
  if (rows.length === 0) return;
  const set = {
    gpuIndex: sql`excluded.gpu_index`,
    sliceIndex: sql`excluded.slice_index`,
    model: sql`excluded.model`,
    memoryMiB: sql`excluded.memory_mib`,
    profile: sql`excluded.profile`,
    part: sql`excluded.part`,
    weight: sql`excluded.weight`,
    state: sql`excluded.state`,
    stateSince: sql`excluded.state_since`,
    reason: sql`excluded.reason`,
    missedReadings: sql`excluded.missed_readings`,
  };
  await tx.insert(devices).values(rows).onConflictDoUpdate({ target: devices.id, set });
}

export async function setDeviceState(
  tx: Tx,
  ids: readonly string[],
  state: Device["state"],
  at: Date,
  reason: string | null,
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(devices)
    .set({ state, stateSince: at, reason })
    .where(and(inArray(devices.id, [...ids])));
}

/** GiB of memory that containers were given on each node, those that keep theirs while they are stopped among them. */
export async function memoryGiven(tx: Tx): Promise<ReadonlyMap<string, number>> {
  const result = await tx.execute<{ node_id: string; gib: number }>(sql`
    select node_id, sum((limits->>'memoryGiB')::real)::real as gib from containers
    where node_id is not null and limits is not null and ${hasMemory} group by 1`);
  return new Map(result.rows.map(({ node_id, gib }) => [node_id, gib]));
}
