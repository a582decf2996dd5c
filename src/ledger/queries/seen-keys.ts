import { sql } from "drizzle-orm";
import { seenKeys } from "../bot-tables.ts";
import type { Tx } from "../ledger.ts";

/**
 * Whether nobody acted on a delivery with this key before; from now on somebody has. Its transaction's commit does not wait
 * for the disk: what is done because of it is committed later, and no commit is on the disk before an earlier one.
 */
export async function firstTime(tx: Tx, key: string, at: Date): Promise<boolean> {
  const [, rows] = await Promise.all([
    tx.execute(sql`set local synchronous_commit to off`),
    tx.insert(seenKeys).values({ key, at }).onConflictDoNothing().returning({ key: seenKeys.key }),
  ]);
  return rows.length > 0;
}
