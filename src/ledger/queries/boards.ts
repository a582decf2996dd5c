import { eq, ne } from "drizzle-orm";
import { type BoardRow, boards } from "../bot-tables.ts";
import type { Tx } from "../ledger.ts";

/** Where the board of a channel stands; undefined: it was never posted, or is gone. */
export async function boardIn(tx: Tx, channel: string): Promise<BoardRow | undefined> {
  return (await tx.select().from(boards).where(eq(boards.channel, channel)))[0];
}

/** Boards that stand in other channels: an admin moved it. */
export async function boardsElsewhere(tx: Tx, channel: string): Promise<BoardRow[]> {
  return tx.select().from(boards).where(ne(boards.channel, channel));
}

export async function noteBoard(tx: Tx, row: BoardRow): Promise<void> {
  const { channel, ...set } = row;
  await tx.insert(boards).values(row).onConflictDoUpdate({ target: boards.channel, set });
}

export async function forgetBoard(tx: Tx, channel: string): Promise<void> {
  await tx.delete(boards).where(eq(boards.channel, channel));
}
