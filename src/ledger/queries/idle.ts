import { and, asc, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import { type End, ends } from "../end-tables.ts";
import { type IdleMark, idleMarks, type Keep, keeps } from "../idle-tables.ts";
import type { Tx } from "../ledger.ts";
import { type Exemption, exemptions } from "../limit-tables.ts";
import { members } from "../member-table.ts";
import { type Container, containers, type Member } from "../schema.ts";
import { type OpenOverride, overridesOf } from "./overrides.ts";

/** A container that runs, with all that its idleness is judged by besides what it used. */
export type MayBeIdle = {
  container: Container;
  member: Member;
  overrides: OpenOverride[];
  /** From idleness, of its member or itself, that were not taken back. */
  exemptions: Exemption[];
  /** When its run was last kept by a press. */
  keptAt: Date | undefined;
  /** It is free on demand. */
  mark: IdleMark | undefined;
  /** Its armed end for idleness. */
  end: End | undefined;
};

/** Every container that runs and is wanted running, or that one; in the order of their numbers. */
export async function mayBeIdle(tx: Tx, containerId?: number): Promise<MayBeIdle[]> {
  const runs = sql`${containers.state} = 'running' and ${containers.wanted} = 'running'`;
  const one = containerId === undefined ? undefined : eq(containers.id, containerId);
  const keptAt = sql`(select max(${keeps.at}) from ${keeps}
    where ${keeps.containerId} = ${containers.id} and ${keeps.run} = ${containers.run} and ${keeps.what} = 'gpu')`;
  const [rows, spared] = await Promise.all([
    tx
      .select({
        container: containers,
        member: members,
        overrides: overridesOf(members.id),
        keptAt: keptAt.mapWith(keeps.at),
        mark: idleMarks,
        end: ends,
      })
      .from(containers)
      .innerJoin(members, eq(members.id, containers.memberId))
      .leftJoin(idleMarks, and(eq(idleMarks.containerId, containers.id), isNull(idleMarks.endedAt)))
      .leftJoin(
        ends,
        and(eq(ends.containerId, containers.id), eq(ends.reason, "idle"), sql`${ends.state} = 'armed'`),
      )
      .where(and(runs, one))
      .orderBy(asc(containers.id)),
    tx
      .select()
      .from(exemptions)
      .where(and(isNull(exemptions.endedAt), eq(exemptions.spares, "idle")))
      .orderBy(asc(exemptions.id)),
  ]);
  return rows.map(({ keptAt: kept, mark, end, ...row }) => ({
    ...row,
    exemptions: spared.filter(
      (spare) =>
        spare.memberId === row.member.id &&
        (spare.containerId === null || spare.containerId === row.container.id),
    ),
    keptAt: (kept as Date | null) ?? undefined,
    mark: mark ?? undefined,
    end: end ?? undefined,
  }));
}

/** Marks that are open though their container does not run, or not in that run any more. */
export async function staleMarks(tx: Tx): Promise<IdleMark[]> {
  const rows = await tx
    .select({ mark: idleMarks })
    .from(idleMarks)
    .innerJoin(containers, eq(containers.id, idleMarks.containerId))
    .where(
      and(
        isNull(idleMarks.endedAt),
        sql`(${containers.state} <> 'running' or ${containers.wanted} <> 'running' or ${containers.run} <> ${idleMarks.run})`,
      ),
    );
  return rows.map(({ mark }) => mark);
}

/** The open marks of those containers, by their ids: they are free on demand. */
export async function openMarks(
  tx: Tx,
  containerIds: readonly number[],
): Promise<ReadonlyMap<number, IdleMark>> {
  if (containerIds.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(idleMarks)
    .where(and(inArray(idleMarks.containerId, [...containerIds]), isNull(idleMarks.endedAt)));
  return new Map(rows.map((mark) => [mark.containerId, mark]));
}

export async function insertMark(tx: Tx, row: typeof idleMarks.$inferInsert): Promise<void> {
  await tx.insert(idleMarks).values(row);
}

export async function updateMark(
  tx: Tx,
  id: number,
  set: Partial<Pick<IdleMark, "since" | "endsAt" | "observedAt" | "endedAt">>,
): Promise<void> {
  await tx.update(idleMarks).set(set).where(eq(idleMarks.id, id));
}

/** Every press of Keep in this run of a container, the newest first. */
export async function keepsOfRun(
  tx: Tx,
  { id, run }: Pick<Container, "id" | "run">,
  what: Keep["what"],
): Promise<Keep[]> {
  return tx
    .select()
    .from(keeps)
    .where(and(eq(keeps.containerId, id), eq(keeps.run, run), eq(keeps.what, what)))
    .orderBy(desc(keeps.id));
}

export async function keepByRequest(tx: Tx, requestId: string): Promise<Keep | undefined> {
  return (await tx.select().from(keeps).where(eq(keeps.requestId, requestId)))[0];
}

export async function insertKeep(tx: Tx, row: typeof keeps.$inferInsert): Promise<void> {
  await tx.insert(keeps).values(row);
}
