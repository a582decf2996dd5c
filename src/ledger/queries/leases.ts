import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import { ends } from "../end-tables.ts";
import { idleMarks } from "../idle-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { type Container, containers, devices, leases, projects } from "../schema.ts";

export async function insertLeases(tx: Tx, rows: (typeof leases.$inferInsert)[]): Promise<void> {
  if (rows.length > 0) await tx.insert(leases).values(rows);
}

/** Ends whatever the container still holds; returns the devices that are free from now on. */
export async function endLeases(
  tx: Tx,
  containerId: number,
  at: Date,
  only?: readonly string[],
): Promise<string[]> {
  const open = and(
    eq(leases.containerId, containerId),
    isNull(leases.endedAt),
    only ? inArray(leases.deviceId, [...only]) : undefined,
  );
  // A lease may be younger than the clock's last step back: it never ends before it began.
  const ended = sql`greatest(${at.toISOString()}::timestamptz, ${leases.grantedAt})`;
  const rows = await tx.update(leases).set({ endedAt: ended }).where(open).returning({ id: leases.deviceId });
  return rows.map((row) => row.id);
}

/** Who holds each device now, as everybody may see it: few columns, for it is asked often. */
export async function holdersShown(tx: Tx) {
  return tx
    .select({
      deviceId: leases.deviceId,
      containerId: containers.id,
      memberId: leases.memberId,
      handle: sql<string>`coalesce(${members.handle}, ${members.name})`,
      project: projects.name,
      since: leases.grantedAt,
      // The earliest of its ends: the one that is told and comes.
      until:
        sql<Date | null>`coalesce((select min(${ends.at}) from ${ends} where ${ends.containerId} = ${containers.id}
        and ${ends.state} = 'armed' and ${ends.reason} <> 'remove'), ${containers.endsAt})`.mapWith(
          containers.endsAt,
        ),
      state: containers.state,
      keptUntil: containers.gpuKeptUntil,
      isMarkedIdle: sql<boolean>`${idleMarks.id} is not null`,
    })
    .from(leases)
    .innerJoin(containers, eq(containers.id, leases.containerId))
    .leftJoin(
      idleMarks,
      and(
        eq(idleMarks.containerId, containers.id),
        eq(idleMarks.run, containers.run),
        isNull(idleMarks.endedAt),
      ),
    )
    .innerJoin(projects, eq(projects.id, containers.projectId))
    .innerJoin(members, eq(members.id, leases.memberId))
    .where(isNull(leases.endedAt))
    .orderBy(asc(leases.id));
}

/** Devices of a node with an open lease. */
export async function heldDevices(tx: Tx, nodeId: string): Promise<ReadonlySet<string>> {
  const open = and(eq(leases.nodeId, nodeId), isNull(leases.endedAt));
  return new Set((await tx.select({ id: leases.deviceId }).from(leases).where(open)).map((row) => row.id));
}

/** Devices, or parts of their GPUs, that somebody holds now: id of the device asked about → the container that has it. */
export async function heldBy(tx: Tx, deviceIds: readonly string[]): Promise<Map<string, number>> {
  if (deviceIds.length === 0) return new Map();
  const overlapping = and(
    eq(leases.gpuUuid, devices.gpuUuid),
    isNull(leases.endedAt),
    sql`${leases.part} && ${devices.part}`,
  );
  const rows = await tx
    .select({ id: devices.id, containerId: leases.containerId })
    .from(devices)
    .innerJoin(leases, overlapping)
    .where(inArray(devices.id, [...deviceIds]));
  return new Map(rows.map((row) => [row.id, row.containerId]));
}

/**
 * Writes down that a container has these devices: not a grant but what the engine shows is so already. False, and
 * nothing written, if anybody else holds a part of them or a device is not known.
 */
export async function writeDownHeld(
  tx: Tx,
  container: Pick<Container, "id" | "memberId" | "run" | "nodeId">,
  deviceIds: readonly string[],
  at: Date,
): Promise<boolean> {
  const held = await heldBy(tx, deviceIds);
  if ([...held.values()].some((id) => id !== container.id)) return false;
  const missing = deviceIds.filter((id) => !held.has(id));
  if (missing.length === 0) return true;
  const rows = await tx.select().from(devices).where(inArray(devices.id, missing));
  if (rows.length !== missing.length || container.nodeId === null) return false;
  await insertLeases(
    tx,
    rows.map((device) => ({
      containerId: container.id,
      memberId: container.memberId,
      run: container.run,
      nodeId: device.nodeId,
      deviceId: device.id,
      gpuUuid: device.gpuUuid,
      part: device.part,
      weight: device.weight,
      grantedAt: at,
    })),
  );
  return true;
}

/**
 * GPU-equivalent-hours that a member held from `since` until `now`: used or not, kept ones too. The parts of a lease that
 * lie before `since` don't count.
 */
export async function heldGpuHours(tx: Tx, memberId: number, since: Date, now: Date): Promise<number> {
  const result = await tx.execute<{ hours: number }>(
    sql`select ${gpuHoursHeld(memberId, since, now)} as hours`,
  );
  return result.rows[0]?.hours ?? 0;
}

/** The same as a part of another statement. Two indexes serve it: of the open leases, and of those that ended since. */
export function gpuHoursHeld(memberId: number, since: Date, now: Date) {
  const [from, to] = [since.toISOString(), now.toISOString()];
  const held = sql`greatest(0, extract(epoch from
    least(coalesce(ended_at, ${to}::timestamptz), ${to}::timestamptz) - greatest(granted_at, ${from}::timestamptz)))`;
  return sql<number>`(select coalesce(sum(weight * seconds), 0) / 3600 from (
    select weight, ${held} as seconds from leases where member_id = ${memberId} and ended_at is null
    union all
    select weight, ${held} from leases where member_id = ${memberId} and ended_at > ${from}::timestamptz) as lately)::real`;
}
