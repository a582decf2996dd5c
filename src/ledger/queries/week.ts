import { sql } from "drizzle-orm";
import { mondayNotes } from "../health-tables.ts";
import type { Tx } from "../ledger.ts";

/** What admins are told of a span of time, a week as a rule. Minutes of use are kept for seven days: `from` is not before that. */
export type Span = { from: Date; until: Date };

/** GPU-equivalent-hours of a group's members: held, seen at work, and of how many anything is known. */
export type GroupHours = { group: string; held: number; used: number; known: number };

/** Whoever held most first. A device is at work in a minute if it was itself, whatever its container's CPU did. */
export async function hoursByGroup(tx: Tx, span: Span): Promise<GroupHours[]> {
  const { from, until } = bounds(span);
  const result = await tx.execute<GroupHours>(sql`
    with held as (
      select l.container_id, l.device_id, l.weight, coalesce(m."group", 'no group') as of_group,
        greatest(l.granted_at, ${from}) as since, least(coalesce(l.ended_at, ${until}), ${until}) as upto
      from leases l join members m on m.id = l.member_id
      where l.granted_at < ${until} and (l.ended_at is null or l.ended_at > ${from}))
    select of_group as group,
      sum(weight * extract(epoch from upto - since) / 3600)::float8 as held,
      sum(weight * seen.used / 60)::float8 as used,
      sum(weight * seen.known / 60)::float8 as known
    from held cross join lateral (
      select count(*) filter (where one->>'sign' = 'active')::float8 as used,
        count(*) filter (where one->>'sign' <> 'unknown')::float8 as known
      from use_minutes u cross join lateral jsonb_array_elements(u.devices) one
      where u.container_id = held.container_id and u.at >= since and u.at < upto and one->>'id' = held.device_id) seen
    group by of_group order by held desc, of_group`);
  return result.rows;
}

/** `name` as `ana/vision`. `isOver`: it was granted; else it waits still. */
export type LongWait = { name: string; seconds: number; isOver: boolean };

/** Who waited longest of those who were granted in the span or wait at its end; who did not wait at all is left out. */
export async function longestWaits(tx: Tx, span: Span, most: number): Promise<LongWait[]> {
  const { from, until } = bounds(span);
  const result = await tx.execute<LongWait>(sql`
    select m.handle || '/' || p.name as name, w.seconds::float8 as seconds, w.is_over as "isOver"
    from (
      select container_id, (evidence->>'waitedSeconds')::float8 as seconds, true as is_over from events
      where what = 'granted' and at >= ${from} and at < ${until}
      union all
      select id, extract(epoch from ${until} - asked_at), false from containers
      where state = 'waiting' and asked_at < ${until}) w
    join containers c on c.id = w.container_id join projects p on p.id = c.project_id join members m on m.id = c.member_id
    where w.seconds >= 60 order by w.seconds desc, name limit ${most}`);
  return result.rows;
}

/** Idleness in the span: who would have been stopped, who of them was at work within so many minutes after, who was stopped. */
export type Idleness = { wouldHave: string[]; activeAgain: string[]; stopped: number };

export async function idlenessIn(tx: Tx, span: Span, againMinutes: number): Promise<Idleness> {
  const { from, until } = bounds(span);
  const observed = await tx.execute<{ name: string; again: boolean }>(sql`
    select m.handle || '/' || p.name as name, exists (
      select from use_minutes u where u.container_id = i.container_id and u.run = i.run and u.sign = 'active'
        and u.at >= i.observed_at and u.at < i.observed_at + make_interval(mins => ${againMinutes})) as again
    from idle_marks i join containers c on c.id = i.container_id
      join projects p on p.id = c.project_id join members m on m.id = c.member_id
    where i.observed_at >= ${from} and i.observed_at < ${until} order by i.observed_at, i.id`);
  const done = await tx.execute<{ stopped: number }>(sql`
    select count(*)::int as stopped from ends
    where reason = 'idle' and state = 'done' and closed_at >= ${from} and closed_at < ${until}`);
  return {
    wouldHave: observed.rows.map(({ name }) => name),
    activeAgain: observed.rows.flatMap(({ name, again }) => (again ? [name] : [])),
    stopped: done.rows[0]?.stopped ?? 0,
  };
}

/** Whether anything was asked for before then: a week before the first is none to tell of. */
export async function wasInUseBefore(tx: Tx, at: Date): Promise<boolean> {
  const result = await tx.execute<{ was: boolean }>(
    sql`select exists (select from containers where asked_at < ${at.toISOString()}::timestamptz) as was`,
  );
  return result.rows[0]?.was ?? false;
}

export async function isMondayNoted(tx: Tx, monday: Date): Promise<boolean> {
  // The zone may have been another when it was written: nine o'clock of the same day is less than a day away.
  const result = await tx.execute<{ noted: boolean }>(sql`
    select exists (select from ${mondayNotes} where ${mondayNotes.monday} > ${monday.toISOString()}::timestamptz - interval '2 days') as noted`);
  return result.rows[0]?.noted ?? false;
}

export async function noteMonday(tx: Tx, monday: Date, writtenAt: Date): Promise<void> {
  await tx.insert(mondayNotes).values({ monday, writtenAt });
}

function bounds({ from, until }: Span) {
  return {
    from: sql`${from.toISOString()}::timestamptz`,
    until: sql`${until.toISOString()}::timestamptz`,
  };
}
