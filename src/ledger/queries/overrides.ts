import { and, asc, eq, isNull, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { type Override, overrides } from "../limit-tables.ts";

/** An override as limits are judged by it. Its time may be over: that is for the rule to say, by the world's clock. */
export type OpenOverride = Pick<Override, "key" | "value" | "until" | "reason">;

/** One member's, not taken back. By the index of open ones. */
export async function openOverrides(tx: Tx, memberId: number): Promise<Override[]> {
  return tx
    .select()
    .from(overrides)
    .where(and(eq(overrides.memberId, memberId), isNull(overrides.endedAt)))
    .orderBy(asc(overrides.key));
}

/** The same of everybody who has some, by member id. */
export async function openOverridesOfAll(tx: Tx): Promise<ReadonlyMap<number, Override[]>> {
  const rows = await tx.select().from(overrides).where(isNull(overrides.endedAt)).orderBy(asc(overrides.id));
  return Map.groupBy(rows, (row) => row.memberId);
}

/**
 * A column for a statement that reads members anyway, so that judging costs no round trip of its own: the open overrides
 * of the member whose id stands there.
 */
export function overridesOf(memberId: SQLWrapper): SQL<OpenOverride[]> {
  return sql`(
    select coalesce(json_agg(json_build_object('key', key, 'value', value, 'until', until, 'reason', reason)), '[]')
    from overrides where overrides.member_id = ${memberId} and overrides.ended_at is null)`.mapWith(
    (read: (Omit<OpenOverride, "until"> & { until: string | null })[]) =>
      read.map((one) => ({ ...one, until: one.until === null ? null : new Date(one.until) })),
  );
}

export async function overrideById(tx: Tx, id: number): Promise<Override | undefined> {
  return (await tx.select().from(overrides).where(eq(overrides.id, id)))[0];
}

export async function insertOverride(tx: Tx, row: typeof overrides.$inferInsert): Promise<Override> {
  const [inserted] = await tx.insert(overrides).values(row).returning();
  if (!inserted) throw new Error("the override row was not returned");
  return inserted;
}

/** Undefined: it was ended before. */
export async function endOverrideRow(tx: Tx, id: number, at: Date): Promise<Override | undefined> {
  const open = and(eq(overrides.id, id), isNull(overrides.endedAt));
  return (await tx.update(overrides).set({ endedAt: at }).where(open).returning())[0];
}
