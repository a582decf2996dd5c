import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { type ActiveMember, type Key, keys, type Member, type Project, projects } from "../schema.ts";

export async function memberById(tx: Tx, id: number): Promise<Member | undefined> {
  return (await tx.select().from(members).where(eq(members.id, id)))[0];
}

export async function memberBySlackUser(tx: Tx, slackUserId: string): Promise<Member | undefined> {
  return (await tx.select().from(members).where(eq(members.slackUserId, slackUserId)))[0];
}

export async function memberByHandle(tx: Tx, handle: string): Promise<Member | undefined> {
  return (await tx.select().from(members).where(eq(members.handle, handle)))[0];
}

export async function allHandles(tx: Tx): Promise<ReadonlySet<string>> {
  const rows = await tx.select({ handle: members.handle }).from(members);
  return new Set(rows.flatMap((row) => row.handle ?? []));
}

export async function insertMember(tx: Tx, row: typeof members.$inferInsert): Promise<Member | undefined> {
  return (await tx.insert(members).values(row).onConflictDoNothing().returning())[0];
}

export async function updateMember(
  tx: Tx,
  id: number,
  change: Partial<typeof members.$inferInsert>,
): Promise<Member> {
  const [updated] = await tx.update(members).set(change).where(eq(members.id, id)).returning();
  if (!updated) throw new Error(`member ${id} is not in the ledger`);
  return updated;
}

/** The next uid that nobody ever had. */
export async function nextUid(tx: Tx, from: number): Promise<number> {
  const [row] = await tx.select({ highest: sql<number | null>`max(${members.uid})` }).from(members);
  return Math.max(from, (row?.highest ?? 0) + 1);
}

export async function membersInState(tx: Tx, state: Member["state"]): Promise<Member[]> {
  return tx.select().from(members).where(eq(members.state, state)).orderBy(asc(members.id));
}

/** Who uses the server first, then by user name. */
export async function allMembers(tx: Tx): Promise<Member[]> {
  const active = sql`${members.state} <> 'active'`;
  return tx.select().from(members).orderBy(active, asc(members.handle), asc(members.name), asc(members.id));
}

export async function activeAdmins(tx: Tx): Promise<Member[]> {
  const active = and(eq(members.state, "active"), eq(members.group, "admin"));
  return tx.select().from(members).where(active).orderBy(asc(members.id));
}

/** Narrows to a member who may use the server. */
export function isActive(member: Member | undefined): member is ActiveMember {
  return member?.state === "active" && member.handle !== null && member.uid !== null && member.group !== null;
}

export async function keysOfMember(tx: Tx, memberId: number): Promise<Key[]> {
  return tx
    .select()
    .from(keys)
    .where(and(eq(keys.memberId, memberId), isNull(keys.removedAt)))
    .orderBy(asc(keys.id));
}

export async function insertKey(tx: Tx, row: typeof keys.$inferInsert): Promise<Key | undefined> {
  return (await tx.insert(keys).values(row).onConflictDoNothing().returning())[0];
}

export async function removeKeyRow(
  tx: Tx,
  memberId: number,
  keyId: number,
  at: Date,
): Promise<Key | undefined> {
  const own = and(eq(keys.id, keyId), eq(keys.memberId, memberId), isNull(keys.removedAt));
  return (await tx.update(keys).set({ removedAt: at }).where(own).returning())[0];
}

export async function projectByName(tx: Tx, memberId: number, name: string): Promise<Project | undefined> {
  return (
    await tx
      .select()
      .from(projects)
      .where(and(eq(projects.memberId, memberId), eq(projects.name, name)))
  )[0];
}

export async function projectById(tx: Tx, id: number): Promise<Project | undefined> {
  return (await tx.select().from(projects).where(eq(projects.id, id)))[0];
}

export async function projectOfPort(tx: Tx, port: number): Promise<Project | undefined> {
  return (await tx.select().from(projects).where(eq(projects.sshPort, port)))[0];
}

export async function projectsOfMember(tx: Tx, memberId: number): Promise<Project[]> {
  return tx.select().from(projects).where(eq(projects.memberId, memberId)).orderBy(asc(projects.name));
}

export async function insertProject(tx: Tx, row: typeof projects.$inferInsert): Promise<Project> {
  const [inserted] = await tx.insert(projects).values(row).returning();
  if (!inserted) throw new Error("the project row was not returned");
  return inserted;
}

export async function updateProject(
  tx: Tx,
  id: number,
  change: Partial<typeof projects.$inferInsert>,
): Promise<Project> {
  const [updated] = await tx.update(projects).set(change).where(eq(projects.id, id)).returning();
  if (!updated) throw new Error(`project ${id} is not in the ledger`);
  return updated;
}

/** From now on no living container uses the project's port: after 30 days another project may get it. */
export async function releasePort(tx: Tx, projectId: number, at: Date): Promise<void> {
  await tx.update(projects).set({ portReleasedAt: at }).where(eq(projects.id, projectId));
}
