import { eq } from "drizzle-orm";
import { type BaseFacts, bases } from "../image-tables.ts";
import type { Tx } from "../ledger.ts";

/** What is known of a base image, by its engine image id. */
export async function baseFacts(tx: Tx, engineImageId: string): Promise<BaseFacts | undefined> {
  return (await tx.select().from(bases).where(eq(bases.engineImageId, engineImageId)))[0]?.facts;
}

/** Two who looked at once saw the same. */
export async function insertBaseFacts(tx: Tx, row: typeof bases.$inferInsert): Promise<void> {
  await tx.insert(bases).values(row).onConflictDoNothing();
}
