import { sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";

/** What a monitor counts. */
export type Measures = {
  devices: { node: string; state: string; count: number }[];
  containers: { state: string; count: number }[];
  /** Seconds that whoever waits longest has waited; 0: nobody does. */
  longestWaitSeconds: number;
  heldGpus: number;
  heldGpuHours: number;
};

/** Devices are `held`, `free`, or what they are else; hours are GPU-equivalents, of all time. */
export async function measures(tx: Tx, now: Date): Promise<Measures> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const devices = await tx.execute<{ node: string; state: string; count: number }>(sql`
    select d.node_id as node, case when d.state <> 'ok' then d.state when l.id is null then 'free' else 'held' end as state,
      count(*)::int as count
    from devices d left join leases l on l.device_id = d.id and l.ended_at is null
    where d.state <> 'gone' group by 1, 2`);
  const containers = await tx.execute<{ state: string; count: number }>(sql`
    select state, count(*)::int as count from containers where state not in ('retired', 'failed') group by 1`);
  const line = await tx.execute<{ seconds: number }>(sql`
    select coalesce(extract(epoch from ${at} - min(asked_at)), 0)::real as seconds from containers where state = 'waiting'`);
  const held = await tx.execute<{ gpus: number; hours: number }>(sql`
    select coalesce(sum(weight) filter (where ended_at is null), 0)::real as gpus,
      coalesce(sum(weight * extract(epoch from coalesce(ended_at, ${at}) - granted_at) / 3600), 0)::float8 as hours
    from leases`);
  return {
    devices: devices.rows,
    containers: containers.rows,
    longestWaitSeconds: line.rows[0]?.seconds ?? 0,
    heldGpus: held.rows[0]?.gpus ?? 0,
    heldGpuHours: held.rows[0]?.hours ?? 0,
  };
}
