import type { Tx } from "../ledger.ts";
import { seenKeys } from "../schema.ts";

/** Whether nobody acted on a delivery with this key before; from now on somebody has. */
export async function firstTime(tx: Tx, key: string, at: Date): Promise<boolean> {
  const rows = await tx
    .insert(seenKeys)
    .values({ key, at })
    .onConflictDoNothing()
    .returning({ key: seenKeys.key });
  return rows.length > 0;
}
