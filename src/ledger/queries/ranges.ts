import { sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { type RangeTold, ranges } from "../line-tables.ts";

const mostShares = 50;

/** What part of the hours it had been granted for each of the last 50 leases lasted, newest first. A slow one counts as a whole. */
export async function sharesHeld(tx: Tx): Promise<number[]> {
  const result = await tx.execute<{ share: number }>(sql`
    select least(1, extract(epoch from ended_at - granted_at) / 3600 / greatest(hours, 0.01))::real as share from (
      select l.ended_at, l.granted_at, c.hours from leases l join containers c on c.id = l.container_id
      where l.ended_at is not null order by l.id desc limit ${mostShares}) as last`);
  return result.rows.map(({ share }) => share);
}

/** The newest range that was told to each who waits now, by container id. */
export async function rangesTold(tx: Tx): Promise<Map<number, RangeTold>> {
  const rows = await tx
    .selectDistinctOn([ranges.containerId])
    .from(ranges)
    .where(sql`granted_at is null and container_id in (select id from containers where state = 'waiting')`)
    .orderBy(sql`container_id, id desc`);
  return new Map(rows.map((row) => [row.containerId, row]));
}

export async function insertRanges(tx: Tx, rows: (typeof ranges.$inferInsert)[]): Promise<void> {
  if (rows.length > 0) await tx.insert(ranges).values(rows);
}

/**
 * Of the ranges told since then that had an end: how many held, and how wide half of them were at most. One whose end has
 * passed while it still waits counts as one that did not hold; who left the line is not counted.
 */
export async function rangeHitRate(
  tx: Tx,
  since: Date,
  now: Date,
): Promise<{ told: number; held: number; medianWidthHours: number }> {
  const [from, to] = [since.toISOString(), now.toISOString()];
  const result = await tx.execute<{ told: number; held: number; width: number | null }>(sql`
    select count(*)::int as told,
      count(*) filter (where r.granted_at between earliest and latest)::int as held,
      percentile_cont(0.5) within group (order by extract(epoch from latest - earliest) / 3600)::real as width
    from ranges r join containers c on c.id = r.container_id
    where told_at >= ${from}::timestamptz and latest is not null
      and (r.granted_at is not null or (c.state = 'waiting' and c.run = r.run and latest < ${to}::timestamptz))`);
  const row = result.rows[0];
  return { told: row?.told ?? 0, held: row?.held ?? 0, medianWidthHours: row?.width ?? 0 };
}
