import { sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { type PromiseRow, promises } from "../line-tables.ts";

/** The promise that is open, if one is: there is never a second. */
export async function openPromise(tx: Tx): Promise<PromiseRow | undefined> {
  return (await tx.select().from(promises).where(sql`state = 'open'`))[0];
}
