import { sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";

/** What can tell why a stop on a node came too late. */
export type StopThatWaited = {
  /** Why an end was held back, as it was noted first; `unsettled` says after what. */
  held: { at: Date; why: string; after: string | null } | undefined;
  /** Since when there is a bot without a break. */
  botSince: Date;
  /** Somebody was told to stop and has not left. */
  isStopping: boolean;
};

/** Of ends on a node that were due by `due` and had not come at `since`. */
export async function stopThatWaited(
  tx: Tx,
  { nodeId, since, due }: { nodeId: string; since: Date; due: Date },
): Promise<StopThatWaited> {
  const [from, by] = [since, due].map((at) => sql`${at.toISOString()}::timestamptz`);
  const there = sql`c.node_id = ${nodeId} and (c.state in ('starting', 'running', 'stopping') or c.state_since >= ${from})`;
  const result = await tx.execute<{ held: Read | null; since: string; stopping: boolean }>(sql`
    select
      (select json_build_object('at', e.at, 'why', e.evidence->>'held', 'after', e.evidence->>'because')
        from containers c join ends on ends.container_id = c.id and ends.at <= ${by}
            and (ends.state = 'armed' or ends.closed_at >= ${from})
          join events e on e.container_id = c.id and e.what = 'end-held' and e.evidence->>'endId' = ends.id::text
        where ${there} order by e.id limit 1) as held,
      (select since from active_bot) as since,
      exists (select from containers c where c.node_id = ${nodeId} and c.state = 'stopping') as stopping`);
  const row = result.rows[0];
  if (!row) throw new Error("what held the stop was not read");
  const held = row.held ? { ...row.held, at: new Date(row.held.at) } : undefined;
  return { held, botSince: new Date(row.since), isStopping: row.stopping };
}

type Read = { at: string; why: string; after: string | null };
