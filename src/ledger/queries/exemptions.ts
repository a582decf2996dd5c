import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { type Exemption, exemptions } from "../limit-tables.ts";

/** A member's, not taken back; the time of some may be over. By the index of open ones. */
export async function openExemptions(tx: Tx, memberId: number): Promise<Exemption[]> {
  return tx
    .select()
    .from(exemptions)
    .where(and(eq(exemptions.memberId, memberId), isNull(exemptions.endedAt)))
    .orderBy(asc(exemptions.id));
}

/** Whether a container, or all of its member's, is spared the end of its hours for the time being. */
export function isSparedItsEnd(containerId: SQL, memberId: SQL, now: Date): SQL<boolean> {
  return sql<boolean>`exists (select from exemptions e where e.member_id = ${memberId} and e.ended_at is null
    and e.spares = 'end' and e.until > ${now.toISOString()}::timestamptz
    and (e.container_id is null or e.container_id = ${containerId}))`;
}

export async function exemptionById(tx: Tx, id: number): Promise<Exemption | undefined> {
  return (await tx.select().from(exemptions).where(eq(exemptions.id, id)))[0];
}

export async function insertExemption(tx: Tx, row: typeof exemptions.$inferInsert): Promise<Exemption> {
  const [inserted] = await tx.insert(exemptions).values(row).returning();
  if (!inserted) throw new Error("the exemption row was not returned");
  return inserted;
}

/** Undefined: it was ended before. */
export async function endExemptionRow(tx: Tx, id: number, at: Date): Promise<Exemption | undefined> {
  const open = and(eq(exemptions.id, id), isNull(exemptions.endedAt));
  return (await tx.update(exemptions).set({ endedAt: at }).where(open).returning())[0];
}
