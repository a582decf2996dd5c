import { sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { nameOf } from "./drains.ts";

/** Something an admin did that others have to wait for. `by`: their name, or `an admin` from the command line. */
export type AdminAct = {
  what: "pause" | "node-drain" | "gpu-drain" | "exemption" | "end" | "override";
  by: string;
  reason: string;
  at: Date;
  /** When a pause or a drain was over; null: it is in force, or is nothing that lasts. */
  endedAt: Date | null;
};

type About = {
  nodeId: string;
  deviceIds: readonly string[];
  /** Of these devices; none: whoever has memory of the node. */
  heldLonger: readonly string[];
  memberId: number;
  since: Date;
  now: Date;
};

/**
 * The acts since `since`, or still in force, that could keep what is promised from somebody, the newest first: pauses,
 * drains, exemptions of its holders or ends that somebody else moved to later or took back for them, overrides of the member's who
 * waits, from when they held and from when they did no more.
 */
export async function adminActs(tx: Tx, about: About): Promise<AdminAct[]> {
  const [since, now] = [about.since, about.now].map((at) => sql`${at.toISOString()}::timestamptz`);
  const held =
    about.heldLonger.length === 0
      ? sql`(select id from containers where node_id = ${about.nodeId} and state in ('starting', 'running', 'stopping', 'stopped'))`
      : sql`(select container_id from leases where ended_at is null and node_id = ${about.nodeId}
          and device_id = any(${sql.param([...about.heldLonger])}::text[]))`;
  const isAdmin = (actor: string) =>
    sql`(${sql.raw(actor)} like 'member:%' and ${sql.raw(actor)} <> 'member:' || c.member_id or ${sql.raw(actor)} like 'cli:%')`;
  const result = await tx.execute<Read>(sql`
    select what, at, ended_at as "endedAt", reason, ${nameOf(sql`set_by`)} as by from (
      select 'pause' as what, set_at as at, ended_at, reason, set_by from pauses
        where ended_at is null or set_at >= ${since} or ended_at >= ${since}
      union all
      select case when gpu_uuid is null then 'node-drain' else 'gpu-drain' end, set_at, ended_at, reason, set_by from drains
        where node_id = ${about.nodeId} and (ended_at is null or set_at >= ${since} or ended_at >= ${since})
          and (gpu_uuid is null or gpu_uuid in (
            select gpu_uuid from devices where id = any(${sql.param([...about.deviceIds])}::text[])))
      union all
      select 'exemption', x.set_at, null, x.reason, x.set_by from exemptions x join containers c on c.member_id = x.member_id
        where x.ended_at is null and x.set_at >= ${since} and c.id in ${held}
          and (x.container_id is null or x.container_id = c.id)
      union all
      select 'end', e.armed_at, null, e.because, e.actor from ends e join containers c on c.id = e.container_id
        where e.armed_at >= ${since} and ${isAdmin("e.actor")} and c.id in ${held}
          and e.at > (e.evidence->>'movedFrom')::timestamptz
      union all
      select 'end', e.at, null, e.because, e.actor from events e join containers c on c.id = e.container_id
        where e.what = 'end-cancelled' and e.at >= ${since} and ${isAdmin("e.actor")} and c.id in ${held}
      union all
      select 'override', changed.at, null, reason, set_by from overrides
        cross join lateral (select case when coalesce(ended_at, until) <= ${now} then coalesce(ended_at, until) else set_at end as at) changed
        where member_id = ${about.memberId} and changed.at >= ${since}
    ) as act order by at desc`);
  return result.rows.map(({ endedAt, at, ...row }) => ({
    ...row,
    at: new Date(at),
    endedAt: endedAt === null ? null : new Date(endedAt),
  }));
}

type Read = Omit<AdminAct, "at" | "endedAt"> & { at: string; endedAt: string | null };
