import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { type PromiseRow, promises, ranges } from "../line-tables.ts";

/** The promise that is open, if one is: there is never a second. */
export async function openPromise(tx: Tx): Promise<PromiseRow | undefined> {
  return (await tx.select().from(promises).where(sql`state = 'open'`))[0];
}

/** Any other must be closed before. */
export async function insertPromise(tx: Tx, row: Omit<typeof promises.$inferInsert, "state">): Promise<void> {
  await tx.insert(promises).values({ ...row, state: "open" });
}

export async function updatePromise(
  tx: Tx,
  id: number,
  change: Partial<typeof promises.$inferInsert>,
): Promise<void> {
  await tx.update(promises).set(change).where(eq(promises.id, id));
}

/** What its member was told of when it would start is judged by this. */
export async function rangesEnd(tx: Tx, containerId: number, run: number, grantedAt: Date): Promise<void> {
  const told = and(eq(ranges.containerId, containerId), eq(ranges.run, run), sql`granted_at is null`);
  await tx.update(ranges).set({ grantedAt }).where(told);
}
