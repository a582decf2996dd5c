import { sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import type { Container, Device } from "../schema.ts";
import { gpuIsGiven, nodeIsGiven } from "./drains.ts";
import { isSparedItsEnd } from "./exemptions.ts";

/** Somebody who has something now that others may wait for, and what tells when they leave. */
export type Holder = Pick<
  Container,
  | "memberId"
  | "state"
  | "stateSince"
  | "wanted"
  | "wantedBy"
  | "hours"
  /** By its hours. */
  | "endsAt"
  | "gpuKeptUntil"
> & {
  containerId: number;
  nodeId: string;
  grantedAt: Date;
  /** Those of its devices that could be granted to others after it. */
  devices: Device[];
  /** Of all its devices. */
  gpuEquivalents: number;
  /** A stopped one whose GPU is kept may take it again without asking. */
  memoryGiB: number;
  /** By an admin's end. */
  adminEndsAt: Date | null;
  /** Spared the end of its hours for the time being. */
  isExempt: boolean;
};

/**
 * Everybody who holds devices or memory of a node that is granted from. One statement, by indexes of what is open; read
 * only when somebody must wait so long that a promise is due, or wants to know for how long.
 * `onNode`: of that one alone, and also while nothing is granted from it.
 */
export async function readHolders(tx: Tx, now: Date, onNode?: string): Promise<Holder[]> {
  const isLooked = onNode
    ? sql`id = ${onNode}`
    : sql`state = 'up' and adopted_in_epoch = (select epoch from active_bot) and ${nodeIsGiven}`;
  const result = await tx.execute<{ holders: Read[] }>(sql`
    with granting as (
      select id from nodes where ${isLooked}
    ), held as (
      select l.container_id, sum(l.weight)::real as weight, json_agg(json_build_object(
          'id', d.id, 'nodeId', d.node_id, 'gpuUuid', d.gpu_uuid, 'gpuIndex', d.gpu_index, 'sliceIndex', d.slice_index,
          'profile', d.profile, 'model', d.model, 'memoryMiB', d.memory_mib, 'part', d.part::text, 'weight', d.weight,
          'state', d.state, 'stateSince', d.state_since, 'reason', d.reason, 'missedReadings', d.missed_readings)
        order by d.gpu_index, d.slice_index) filter (where d.state = 'ok' and ${gpuIsGiven}) as devices
      from leases l join devices d on d.id = l.device_id where l.ended_at is null group by 1
    ), sooner as (
      select container_id, min(at) as at from ends where state = 'armed' and reason = 'admin' group by 1
    )
    select coalesce(json_agg(json_build_object(
        'containerId', c.id, 'memberId', c.member_id, 'nodeId', c.node_id, 'state', c.state, 'stateSince', c.state_since,
        'wanted', c.wanted, 'wantedBy', c.wanted_by, 'hours', c.hours, 'grantedAt', c.granted_at,
        'endsAt', c.ends_at, 'adminEndsAt', sooner.at, 'gpuKeptUntil', c.gpu_kept_until,
        'devices', coalesce(held.devices, '[]'), 'gpuEquivalents', coalesce(held.weight, 0),
        'memoryGiB', coalesce((c.limits->>'memoryGiB')::real, 0),
        'isExempt', spared.is) order by c.id), '[]') as holders
    from containers c
      cross join lateral (select ${isSparedItsEnd(sql`c.id`, sql`c.member_id`, now)} as is) as spared
      join granting on granting.id = c.node_id
      left join held on held.container_id = c.id
      left join sooner on sooner.container_id = c.id
    where c.state in ('starting', 'running', 'stopping', 'stopped')
      and (c.state <> 'stopped' or held.weight is not null)`);
  return (result.rows[0]?.holders ?? []).map(({ ...read }) => ({
    ...read,
    stateSince: new Date(read.stateSince),
    grantedAt: new Date(read.grantedAt ?? read.stateSince),
    endsAt: instant(read.endsAt),
    adminEndsAt: instant(read.adminEndsAt),
    gpuKeptUntil: instant(read.gpuKeptUntil),
    devices: read.devices.map((device) => ({ ...device, stateSince: new Date(device.stateSince) })),
  }));
}

type Told = string | null;
type Read = Omit<
  Holder,
  "stateSince" | "grantedAt" | "endsAt" | "adminEndsAt" | "gpuKeptUntil" | "devices"
> & {
  stateSince: string;
  grantedAt: Told;
  endsAt: Told;
  adminEndsAt: Told;
  gpuKeptUntil: Told;
  devices: (Omit<Device, "stateSince"> & { stateSince: string })[];
};

function instant(told: Told): Date | null {
  return told === null ? null : new Date(told);
}
