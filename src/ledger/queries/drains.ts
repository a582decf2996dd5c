import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { type End, ends } from "../end-tables.ts";
import type { Tx } from "../ledger.ts";
import { type Drain, drains, type Pause, pauses } from "../line-tables.ts";
import { members } from "../member-table.ts";
import { containers } from "../schema.ts";

/** With the name of whoever set it: a member's handle, the login of whoever typed it in a shell, or "an admin". */
export type OpenDrain = Drain & { by: string; gpuIndex: number | null };
export type OpenPause = Pause & { by: string };

/** Whole nodes first, then single GPUs, each in the order they were set. */
export async function openDrains(tx: Tx): Promise<OpenDrain[]> {
  const gpuIndex = sql<
    number | null
  >`(select min(gpu_index) from devices where devices.gpu_uuid = drains.gpu_uuid)`;
  const rows = await tx
    .select({ drain: drains, by: nameOf(sql`drains.set_by`), gpuIndex })
    .from(drains)
    .where(isNull(drains.endedAt))
    .orderBy(sql`${drains.gpuUuid} is not null`, asc(drains.id));
  return rows.map(({ drain, ...more }) => ({ ...drain, ...more }));
}

export async function openPause(tx: Tx): Promise<OpenPause | undefined> {
  const [row] = await tx
    .select({ pause: pauses, by: nameOf(sql`pauses.set_by`) })
    .from(pauses)
    .where(isNull(pauses.endedAt));
  return row && { ...row.pause, by: row.by };
}

export async function insertDrain(tx: Tx, row: typeof drains.$inferInsert): Promise<Drain> {
  const [inserted] = await tx.insert(drains).values(row).returning();
  if (!inserted) throw new Error("the drain row was not returned");
  return inserted;
}

/** The same drain with another instant or reason. */
export async function changeDrain(
  tx: Tx,
  id: number,
  change: Partial<Pick<Drain, "endsAt" | "reason" | "setBy" | "endedAt">>,
): Promise<void> {
  await tx.update(drains).set(change).where(eq(drains.id, id));
}

export async function insertPause(tx: Tx, row: typeof pauses.$inferInsert): Promise<Pause> {
  const [inserted] = await tx.insert(pauses).values(row).returning();
  if (!inserted) throw new Error("the pause row was not returned");
  return inserted;
}

export async function endPause(tx: Tx, id: number, at: Date): Promise<void> {
  await tx
    .update(pauses)
    .set({ endedAt: at })
    .where(and(eq(pauses.id, id), isNull(pauses.endedAt)));
}

/** Ends that are armed because of that drain. */
export async function endsOfDrain(tx: Tx, drainId: number): Promise<End[]> {
  return tx
    .select()
    .from(ends)
    .where(
      sql`${ends.state} = 'armed' and ${ends.reason} = 'admin' and (${ends.evidence}->>'drainId')::int = ${drainId}`,
    )
    .orderBy(asc(ends.id));
}

/** What runs, or is about to, on a node or on one GPU of it; what stops already is on its way anyway. */
export async function runningOn(tx: Tx, nodeId: string, gpuUuid: string | null): Promise<number[]> {
  const onGpu =
    gpuUuid === null
      ? sql`true`
      : sql`exists (
    select from leases where leases.container_id = containers.id and ended_at is null and gpu_uuid = ${gpuUuid})`;
  const rows = await tx
    .select({ id: containers.id })
    .from(containers)
    .where(sql`node_id = ${nodeId} and state in ('starting', 'running') and wanted = 'running' and ${onGpu}`)
    .orderBy(asc(containers.id));
  return rows.map(({ id }) => id);
}

/** The people in the line, each once: whose request must run on another node is left out. */
export async function whoWaits(tx: Tx, nodeId: string | null): Promise<string[]> {
  const here = nodeId === null ? sql`true` : sql`coalesce(${containers.nodeId}, ${nodeId}) = ${nodeId}`;
  const rows = await tx
    .selectDistinct({ slackUserId: members.slackUserId })
    .from(containers)
    .innerJoin(members, eq(members.id, containers.memberId))
    .where(sql`${containers.state} = 'waiting' and ${here}`);
  return rows.map(({ slackUserId }) => slackUserId);
}

/** What an admin keeps from being granted, and why: as it is told to those who wait for it. */
export type Halt = {
  kind: "pause" | "drain";
  /** Null: everything. */
  nodeId: string | null;
  /** Null: the whole node. */
  gpuUuid: string | null;
  gpuIndex: number | null;
  by: string;
  reason: string;
  /** When what runs there will be stopped; null: it goes on. */
  endsAt: Date | null;
};

/** Of `json_agg`, beside what it hinders: a grant is decided on one reading. Instants come as text. */
export const haltsAsJson = sql`(
  select coalesce(json_agg(halt order by halt.kind desc, halt.gpu_index nulls first), '[]') from (
    select 'pause' as kind, null as "nodeId", null as "gpuUuid", null::int as gpu_index, null::int as "gpuIndex",
      ${nameOf(sql`pauses.set_by`)} as by, reason, null::timestamptz as "endsAt"
    from pauses where ended_at is null
    union all
    select 'drain', drains.node_id, drains.gpu_uuid, shown.gpu_index, shown.gpu_index,
      ${nameOf(sql`drains.set_by`)}, drains.reason, drains.ends_at
    from drains left join lateral (
      select min(gpu_index) as gpu_index from devices where devices.gpu_uuid = drains.gpu_uuid) shown on true
    where drains.ended_at is null) as halt)`;

/** Nodes that nobody paused or drains as a whole. */
export const nodeIsGiven = sql`
  not exists (select from pauses where ended_at is null)
  and not exists (select from drains where ended_at is null and gpu_uuid is null and drains.node_id = nodes.id)`;

/** Devices of the GPU, for `d`. */
export const gpuIsGiven = sql`
  not exists (select from drains where ended_at is null and drains.gpu_uuid = d.gpu_uuid)`;

/** `member:3` → the handle, `cli:dmitri` → dmitri. */
export function nameOf(actor: SQL): SQL<string> {
  return sql<string>`coalesce(case
    when ${actor} like 'member:%' then (
      select coalesce(handle, name) from members where members.id = substring(${actor} from 8)::int)
    when ${actor} like 'cli:%' then nullif(substring(${actor} from 5), '') end, 'an admin')`;
}
