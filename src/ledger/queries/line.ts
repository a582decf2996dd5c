import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import type { PromiseRow } from "../line-tables.ts";
import { members } from "../member-table.ts";
import { type Device, type Project, projects } from "../schema.ts";
import { gpuIsGiven, type Halt, haltsAsJson, nodeIsGiven } from "./drains.ts";
import { gpuHoursHeld } from "./leases.ts";
import { type OpenOverride, overridesOf } from "./overrides.ts";

/** What a grant is decided from, read in one statement. Only indexes of open rows are used: history costs nothing. */
export type Supply = {
  nodes: NodeSupply[];
  /** Devices that may be granted now: ok, on a node that is up, compared and not halted, not held, no part of them held. */
  free: Device[];
  /** What admins keep from being granted: `nodes` and `free` are without it. Left out: nothing. */
  halts?: Halt[];
  /** By member id, of those in the line. */
  uses: Record<string, Use>;
  /** By member id: the devices held last. */
  lastHeld: Record<string, string[]>;
  /** The open promise. */
  promise: PromiseRow | null;
};

export type NodeSupply = { id: string; cpus: number; memoryMiB: number; memoryUsedGiB: number };

/**
 * What counts against a member's limits: kept devices too, and the memory of whoever keeps them; waiting requests count
 * nothing.
 */
export type Use = { gpuEquivalents: number; containers: number; memoryGiB: number };

/** One whose GPU is kept may run again without asking: its memory must be there. */
export const hasMemory = sql`state in ('starting', 'running', 'stopping', 'stopped') and (state <> 'stopped' or gpu_kept_until is not null)`;
const memory = sql`coalesce(sum((limits->>'memoryGiB')::real) filter (where ${hasMemory}), 0)::real`;

export async function readSupply(tx: Tx): Promise<Supply> {
  const ids = sql`(select member_id from containers where state = 'waiting')`;
  const result = await tx.execute<{ supply: Supply }>(sql`
    with granting as (
      select * from nodes where state = 'up' and adopted_in_epoch = (select epoch from active_bot) and ${nodeIsGiven}
    ), taken as materialized (
      select gpu_uuid, part from leases where ended_at is null
    ), held as (
      select member_id, sum(weight) as weight from leases where ended_at is null and member_id in ${ids} group by 1
    ), made as (
      select member_id, count(*) as n, ${memory} as memory from containers
      where state in ('starting', 'running', 'stopping', 'stopped') and member_id in ${ids} group by 1
    )
    select json_build_object(
      'nodes', coalesce((select json_agg(json_build_object(
          'id', id, 'cpus', cpus, 'memoryMiB', memory_mib, 'memoryUsedGiB',
          (select ${memory} from containers c where c.node_id = granting.id and ${hasMemory}))) from granting), '[]'),
      'free', coalesce((select json_agg(json_build_object(
          'id', d.id, 'nodeId', d.node_id, 'gpuUuid', d.gpu_uuid, 'gpuIndex', d.gpu_index, 'sliceIndex', d.slice_index,
          'profile', d.profile, 'model', d.model, 'memoryMiB', d.memory_mib, 'part', d.part::text, 'weight', d.weight,
          'state', d.state, 'stateSince', d.state_since, 'reason', d.reason, 'missedReadings', d.missed_readings) order by d.node_id, d.gpu_index, d.slice_index)
        from devices d join granting on granting.id = d.node_id
        where d.state = 'ok' and not exists (
          select from taken where taken.gpu_uuid = d.gpu_uuid and taken.part && d.part) and ${gpuIsGiven}), '[]'),
      'halts', ${haltsAsJson},
      'uses', coalesce((select json_object_agg(m.id, json_build_object(
          'gpuEquivalents', coalesce(held.weight, 0), 'containers', coalesce(made.n, 0), 'memoryGiB', coalesce(made.memory, 0)))
        from members m left join held on held.member_id = m.id left join made on made.member_id = m.id
        where m.id in ${ids}), '{}'),
      'lastHeld', coalesce((select json_object_agg(m.id, (
          select coalesce(json_agg(device_id), '[]') from (
            select device_id from leases where member_id = m.id order by id desc limit 8) last))
        from members m where m.id in ${ids}), '{}'),
      'promise', (select json_build_object(
          'id', id, 'containerId', container_id, 'nodeId', node_id, 'deviceIds', device_ids, 'at', at, 'madeAt', made_at,
          'state', state, 'cause', cause, 'closedAt', closed_at) from promises where state = 'open')
    ) as supply`);
  const [row] = result.rows;
  if (!row) throw new Error("the supply was not read");
  const free = row.supply.free.map((device) => ({ ...device, stateSince: new Date(device.stateSince) }));
  const halts = row.supply.halts?.map((one) => ({ ...one, endsAt: one.endsAt && new Date(one.endsAt) }));
  const promise = row.supply.promise && {
    ...row.supply.promise,
    at: new Date(row.supply.promise.at),
    madeAt: new Date(row.supply.promise.madeAt),
  };
  return { ...row.supply, free, halts: halts ?? [], promise };
}

/** What counts against one member's limits now. */
export async function readUse(tx: Tx, memberId: number): Promise<Use & { waiting: number }> {
  const result = await tx.execute<{ gpus: number; containers: number; memory: number; waiting: number }>(sql`
    select
      (select coalesce(sum(weight), 0) from leases where ended_at is null and member_id = ${memberId})::real as gpus,
      count(*) filter (where state in ('starting', 'running', 'stopping', 'stopped'))::int as containers,
      ${memory} as memory,
      count(*) filter (where state = 'waiting')::int as waiting
    from containers where member_id = ${memberId} and state not in ('retired', 'failed')`);
  const row = result.rows[0];
  if (!row) throw new Error("the use was not read");
  return {
    gpuEquivalents: row.gpus,
    containers: row.containers,
    memoryGiB: row.memory,
    waiting: row.waiting,
  };
}

/** What an asking is judged by before it stands in the line, and what its place is made from, in one statement. */
export async function readAsked(
  tx: Tx,
  memberId: number,
  projectName: string,
  held: { since: Date; now: Date },
): Promise<{
  project: Project | undefined;
  hasKey: boolean;
  overrides: OpenOverride[];
  heldGpuHours: number;
  most: Most;
}> {
  const [row] = await tx
    .select({
      project: projects,
      overrides: overridesOf(members.id),
      hasKey: sql<boolean>`exists (select from keys where member_id = ${members.id} and removed_at is null)`,
      gpus: sql<Record<string, number>>`(
        select coalesce(json_object_agg(model, n), '{}') from (
          select model, max(n) as n from (
            select node_id, model, count(*) as n from devices where ${isThere} and slice_index is null group by 1, 2) as by_node
          group by 1) as whole)`,
      slices: sql<Record<string, number>>`(
        select coalesce(json_object_agg(profile, weight), '{}') from (
          select distinct profile, weight from devices where ${isThere} and slice_index is not null) as cut)`,
      memoryGiB: sql<number>`(select coalesce(max(memory_mib) / 1024.0, 0)::real from nodes)`,
      heldGpuHours: gpuHoursHeld(memberId, held.since, held.now),
    })
    .from(members)
    .leftJoin(projects, and(eq(projects.memberId, members.id), eq(projects.name, projectName)))
    .where(eq(members.id, memberId));
  return {
    project: row?.project ?? undefined,
    hasKey: row?.hasKey ?? false,
    overrides: row?.overrides ?? [],
    heldGpuHours: row?.heldGpuHours ?? 0,
    most: {
      gpusByModel: new Map(Object.entries(row?.gpus ?? {})),
      slices: new Map(Object.entries(row?.slices ?? {})),
      memoryGiB: row?.memoryGiB ?? 0,
    },
  };
}

/**
 * The most one container could ever be given were everything free: whole GPUs of one node and model, slices by profile
 * with their weight, memory in GiB of the largest node.
 */
export type Most = {
  gpusByModel: ReadonlyMap<string, number>;
  slices: ReadonlyMap<string, number>;
  memoryGiB: number;
};

const isThere = sql.raw("state in ('ok', 'outside', 'quarantined')");

/**
 * The project's SSH port, held from now on: its own if it has one, else the lowest of the pool that no project has, else
 * one that was let go more than 30 days ago. `busy` are ports that something else on the host listens on.
 * `undefined`: the pool is used up.
 */
export async function holdSshPort(
  tx: Tx,
  projectId: number,
  pool: { first: number; last: number },
  now: Date,
  busy: readonly number[] = [],
): Promise<number | undefined> {
  const usable = sql`p <> all(${sql.param([...busy])}::int[])`;
  const held = await tx.execute<{ port: number | null }>(sql`
    update projects set port_released_at = null, ssh_port = coalesce(ssh_port, (
      select p from generate_series(${pool.first}::int, ${pool.last}::int) p
      where ${usable} and not exists (select from projects other where other.ssh_port = p) order by p limit 1))
    where id = ${projectId} returning ssh_port as port`);
  const port = held.rows[0]?.port;
  if (port) return port;
  const monthAgo = new Date(now.getTime() - 30 * 24 * 3_600_000).toISOString();
  const [letGo] = (
    await tx.execute<{ id: number; p: number }>(sql`
      select id, p from projects, lateral (select ssh_port as p) as port
      where p is not null and port_released_at < ${monthAgo} and ${usable} order by port_released_at limit 1`)
  ).rows;
  if (!letGo) return undefined;
  await tx.execute(sql`update projects set ssh_port = null where id = ${letGo.id}`);
  await tx.execute(sql`update projects set ssh_port = ${letGo.p} where id = ${projectId}`);
  return letGo.p;
}
