import { sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { nameOf } from "./drains.ts";

/** Something an admin did that others have to wait for. `by`: their name, or `an admin` from the command line. */
export type AdminAct = {
  what: "pause" | "drain" | "exemption" | "end" | "override";
  by: string;
  reason: string;
  at: Date;
};

/**
 * The newest act since `since` that could keep these devices of a node from somebody: a pause, a drain, an exemption of
 * their holders or an end that somebody else moved for them, an override of the member's who waits.
 */
export async function newestAdminAct(
  tx: Tx,
  about: { nodeId: string; deviceIds: readonly string[]; memberId: number; since: Date },
): Promise<AdminAct | undefined> {
  const since = sql`${about.since.toISOString()}::timestamptz`;
  const held = sql`(select container_id from leases where ended_at is null and node_id = ${about.nodeId}
    and device_id = any(${sql.param([...about.deviceIds])}::text[]))`;
  const result = await tx.execute<{ what: AdminAct["what"]; by: string; reason: string; at: string }>(sql`
    select what, at, reason, ${nameOf(sql`set_by`)} as by from (
      select 'pause' as what, set_at as at, reason, set_by from pauses where ended_at is null or set_at >= ${since}
      union all
      select 'drain', set_at, reason, set_by from drains
        where node_id = ${about.nodeId} and (ended_at is null or set_at >= ${since})
          and (gpu_uuid is null or gpu_uuid in (
            select gpu_uuid from devices where id = any(${sql.param([...about.deviceIds])}::text[])))
      union all
      select 'exemption', x.set_at, x.reason, x.set_by from exemptions x join containers c on c.member_id = x.member_id
        where x.ended_at is null and x.set_at >= ${since} and c.id in ${held}
          and (x.container_id is null or x.container_id = c.id)
      union all
      select 'end', e.armed_at, e.because, e.actor from ends e join containers c on c.id = e.container_id
        where e.armed_at >= ${since} and e.actor like 'member:%' and e.actor <> 'member:' || c.member_id and c.id in ${held}
      union all
      select 'override', coalesce(ended_at, until, set_at), reason, set_by from overrides
        where member_id = ${about.memberId} and coalesce(ended_at, until, set_at) >= ${since}
    ) as act order by at desc limit 1`);
  const [row] = result.rows;
  return row && { ...row, at: new Date(row.at) };
}
