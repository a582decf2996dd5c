import { and, asc, eq, gt, gte, inArray, isNull, sql } from "drizzle-orm";
import { type UseMinute, useMinutes } from "../idle-tables.ts";
import type { Tx } from "../ledger.ts";
import { containers, leases } from "../schema.ts";

/** A container whose use is measured, with what it holds. */
export type Measured = { id: number; run: number; engineId: string; deviceIds: string[] };

/** What runs on a node, by the ledger. */
export async function measuredOn(tx: Tx, nodeId: string): Promise<Measured[]> {
  return tx
    .select({
      id: containers.id,
      run: containers.run,
      engineId: sql<string>`${containers.engineId}`,
      deviceIds: sql<string[]>`coalesce(json_agg(${leases.deviceId} order by ${leases.id})
        filter (where ${leases.id} is not null), '[]')`,
    })
    .from(containers)
    .leftJoin(leases, and(eq(leases.containerId, containers.id), isNull(leases.endedAt)))
    .where(
      and(
        eq(containers.nodeId, nodeId),
        eq(containers.state, "running"),
        sql`${containers.engineId} is not null`,
      ),
    )
    .groupBy(containers.id);
}

/** The newest minute that is written down of each. By the key, however long the history is. */
export async function newestMinutes(
  tx: Tx,
  containerIds: readonly number[],
): Promise<ReadonlyMap<number, Date>> {
  const newest = sql`(select max(${useMinutes.at}) from ${useMinutes} where ${useMinutes.containerId} = ${containers.id})`;
  const rows = await tx
    .select({ id: containers.id, at: newest.mapWith(useMinutes.at) })
    .from(containers)
    .where(inArray(containers.id, [...containerIds]));
  return new Map(rows.flatMap(({ id, at }) => (at ? [[id, at as Date] as const] : [])));
}

/**
 * A minute that was written down before is replaced. Where the clock was set, what lies ahead goes: it was written down
 * by another clock.
 */
export async function writeMinutes(tx: Tx, minutes: readonly UseMinute[]): Promise<void> {
  for (const { containerId, at } of minutes.filter(({ isSevered }) => isSevered))
    await tx.delete(useMinutes).where(and(eq(useMinutes.containerId, containerId), gt(useMinutes.at, at)));
  await tx
    .insert(useMinutes)
    .values([...minutes])
    .onConflictDoUpdate({
      target: [useMinutes.containerId, useMinutes.at],
      set: {
        run: sql`excluded.run`,
        sign: sql`excluded.sign`,
        devices: sql`excluded.devices`,
        cpuSeconds: sql`excluded.cpu_seconds`,
        bytes: sql`excluded.bytes`,
        memoryMiB: sql`excluded.memory_mib`,
        hasInput: sql`excluded.has_input`,
        failed: sql`excluded.failed`,
        isSevered: sql`excluded.is_severed`,
      },
    });
}

/** Of one run, the oldest first. None is left out at the newer end: what lies ahead of the clock must be seen. */
export async function minutesSince(
  tx: Tx,
  { id, run }: { id: number; run: number },
  since: Date,
): Promise<UseMinute[]> {
  const ofRun = and(eq(useMinutes.containerId, id), eq(useMinutes.run, run));
  return tx
    .select()
    .from(useMinutes)
    .where(and(ofRun, gte(useMinutes.at, since)))
    .orderBy(asc(useMinutes.at));
}
