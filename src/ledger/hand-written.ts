import type pg from "pg";

/** What the custom migrations made and drizzle-kit knows nothing of: a later generated migration could lose it unseen. */
const handWritten = [
  "active_bot_has_one_row",
  "events_are_never_changed",
  "events_are_never_emptied",
  "leases_device_held_once",
  "leases_part_is_not_empty",
] as const;

/** The names of those that the database lacks, or has switched off. */
export async function missingHandWritten(client: pg.ClientBase): Promise<string[]> {
  const found = await client.query<{ name: string }>(
    `select conname as name from pg_constraint where connamespace = 'public'::regnamespace and convalidated
     union all
     select tgname from pg_trigger where not tgisinternal and tgenabled in ('O', 'A')`,
  );
  const there = new Set(found.rows.map((row) => row.name));
  return handWritten.filter((name) => !there.has(name));
}
