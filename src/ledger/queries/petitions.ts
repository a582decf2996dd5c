import { and, asc, eq, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Tx } from "../ledger.ts";
import { type Petition, petitions } from "../limit-tables.ts";
import { members } from "../member-table.ts";
import type { Member } from "../schema.ts";

export async function petitionByRequest(tx: Tx, requestId: string): Promise<Petition | undefined> {
  return (await tx.select().from(petitions).where(eq(petitions.requestId, requestId)))[0];
}

/** A member's that nobody has answered, oldest first. */
export async function openPetitions(tx: Tx, memberId: number): Promise<Petition[]> {
  // The state stands in the text, so that the index of open ones serves every plan.
  return tx
    .select()
    .from(petitions)
    .where(and(eq(petitions.memberId, memberId), sql`${petitions.state} = 'open'`))
    .orderBy(asc(petitions.id));
}

export async function insertPetition(tx: Tx, row: typeof petitions.$inferInsert): Promise<Petition> {
  const [inserted] = await tx.insert(petitions).values(row).returning();
  if (!inserted) throw new Error("the petition row was not returned");
  return inserted;
}

/** Undefined: somebody answered it before. */
export async function decidePetition(
  tx: Tx,
  id: number,
  decided: { state: "granted" | "declined"; decidedBy: number; decidedAt: Date },
): Promise<Petition | undefined> {
  const open = and(eq(petitions.id, id), sql`${petitions.state} = 'open'`);
  return (await tx.update(petitions).set(decided).where(open).returning())[0];
}

/** With who asks, and who answered. */
export type PetitionView = { petition: Petition; member: Member; decidedBy: Member | null };

export async function petitionView(tx: Tx, id: number): Promise<PetitionView | undefined> {
  const deciders = alias(members, "deciders");
  const [row] = await tx
    .select({ petition: petitions, member: members, decidedBy: deciders })
    .from(petitions)
    .innerJoin(members, eq(members.id, petitions.memberId))
    .leftJoin(deciders, eq(deciders.id, petitions.decidedBy))
    .where(eq(petitions.id, id));
  return row;
}
