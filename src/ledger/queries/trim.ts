import { and, isNotNull, lt, or } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { outbox, seenKeys } from "../schema.ts";

const day = 24 * 3_600_000;
const messagesKeptDays = 90;
const seenKeysKeptDays = 2;

/** Deletes what nobody needs any more: old receipts and seen keys. History (`events`) stays for ever. */
export async function trim(tx: Tx, now: Date): Promise<void> {
  const messagesBefore = new Date(now.getTime() - messagesKeptDays * day);
  const done = or(isNotNull(outbox.sentAt), isNotNull(outbox.setAsideAt));
  await tx.delete(outbox).where(and(done, lt(outbox.createdAt, messagesBefore)));
  await tx.delete(seenKeys).where(lt(seenKeys.at, new Date(now.getTime() - seenKeysKeptDays * day)));
}
