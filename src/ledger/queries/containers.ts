import { and, asc, desc, eq, inArray, ne, notInArray, or, sql } from "drizzle-orm";
import { builds, images } from "../image-tables.ts";
import type { Tx } from "../ledger.ts";
import { type Container, containers, leases, projects } from "../schema.ts";

const final = ["retired", "failed"] as const;

export async function containerById(tx: Tx, id: number): Promise<Container | undefined> {
  return (await tx.select().from(containers).where(eq(containers.id, id)))[0];
}

export async function containerByRequest(tx: Tx, requestId: string): Promise<Container | undefined> {
  return (await tx.select().from(containers).where(eq(containers.requestId, requestId)))[0];
}

/** What the member has, and the container of this request, whatever became of it. */
export async function livingOrAskedBy(
  tx: Tx,
  memberId: number,
  requestId: string,
): Promise<{ living: Container[]; asked: Container | undefined }> {
  // The states stand in the text and not in parameters: so the index of living containers serves every plan.
  const living = and(eq(containers.memberId, memberId), sql`state not in ('retired', 'failed')`);
  const rows = await tx
    .select()
    .from(containers)
    .where(or(eq(containers.requestId, requestId), living))
    .orderBy(asc(containers.id));
  return {
    living: rows.filter((row) => row.memberId === memberId && !final.some((state) => state === row.state)),
    asked: rows.find((row) => row.requestId === requestId),
  };
}

export async function livingOfProject(tx: Tx, projectId: number): Promise<Container | undefined> {
  const living = and(eq(containers.projectId, projectId), notInArray(containers.state, [...final]));
  return (await tx.select().from(containers).where(living))[0];
}

/** The last that the project had, whatever became of it. */
export async function newestOfProject(
  tx: Tx,
  memberId: number,
  project: string,
): Promise<Container | undefined> {
  const [newest] = await tx
    .select({ container: containers })
    .from(containers)
    .innerJoin(projects, eq(projects.id, containers.projectId))
    .where(and(eq(projects.memberId, memberId), eq(projects.name, project)))
    .orderBy(desc(containers.id))
    .limit(1);
  return newest?.container;
}

export async function livingOfMember(tx: Tx, memberId: number): Promise<Container[]> {
  const living = and(eq(containers.memberId, memberId), notInArray(containers.state, [...final]));
  return tx.select().from(containers).where(living).orderBy(asc(containers.id));
}

export async function livingOfNode(tx: Tx, nodeId: string): Promise<Container[]> {
  return tx
    .select()
    .from(containers)
    .where(and(eq(containers.nodeId, nodeId), notInArray(containers.state, [...final])));
}

/** Everything a loop has to bring from what is so to what is wanted. */
export async function containersToMove(tx: Tx, now: Date): Promise<number[]> {
  const keepOver = sql`${containers.gpuKeptUntil} <= ${now.toISOString()}`;
  const rows = await tx
    .select({ id: containers.id })
    .from(containers)
    .where(
      or(
        inArray(containers.state, ["starting", "stopping"]),
        and(eq(containers.state, "running"), ne(containers.wanted, "running")),
        and(eq(containers.state, "stopped"), or(eq(containers.wanted, "retired"), keepOver)),
      ),
    )
    .orderBy(asc(containers.id));
  return rows.map((row) => row.id);
}

export async function insertContainer(tx: Tx, row: typeof containers.$inferInsert): Promise<Container> {
  const [inserted] = await tx.insert(containers).values(row).returning();
  if (!inserted) throw new Error("the container row was not returned");
  return inserted;
}

/**
 * With the id the engine's label carries, so that the two go on finding each other; later ids begin above it. A row of
 * this id that still waited for its first grant becomes what the engine shows it is.
 */
export async function writeAdopted(
  tx: Tx,
  row: typeof containers.$inferInsert & { id: number },
): Promise<Container> {
  const { id, requestId: _, ...found } = row;
  if (await containerById(tx, id)) return updateContainer(tx, id, { ...found, waitsFor: null });
  const inserted = await insertContainer(tx, row);
  await countOnFrom(tx, "containers", id);
  return inserted;
}

/** A row was written with a number of its own: later ones get higher numbers. */
export async function countOnFrom(
  tx: Tx,
  table: "containers" | "members" | "projects",
  id: number,
): Promise<void> {
  const sequence = `${table}_id_seq`;
  await tx.execute(sql`
    select setval(${sequence}::regclass, greatest(${id}, (
      select coalesce(last_value, 1) from pg_sequences where sequencename = ${sequence})))`);
}

export async function updateContainer(
  tx: Tx,
  id: number,
  change: Partial<typeof containers.$inferInsert>,
): Promise<Container> {
  const [updated] = await tx.update(containers).set(change).where(eq(containers.id, id)).returning();
  if (!updated) throw new Error(`container ${id} is not in the ledger`);
  return updated;
}

/** Living containers of a member that were granted on what was the latest build then, while a newer one is ready. */
export async function onOlderBuilds(tx: Tx, memberId: number): Promise<number[]> {
  const rows = await tx
    .select({ id: containers.id })
    .from(containers)
    .innerJoin(builds, eq(builds.id, containers.buildId))
    .innerJoin(images, eq(images.id, builds.imageId))
    .where(
      and(
        eq(containers.memberId, memberId),
        sql`${containers.state} not in ('waiting', 'retired', 'failed') and ${containers.wanted} <> 'retired'`,
        sql`${containers.image} like '%:latest' and ${images.latestBuildId} > ${containers.buildId}`,
      ),
    )
    .orderBy(asc(containers.id));
  return rows.map((row) => row.id);
}

/** The devices of a container's newest run, held or not: what the engine made it with. */
export async function devicesOfLastRun(tx: Tx, container: Container): Promise<string[]> {
  const rows = await tx
    .select({ id: leases.deviceId, run: leases.run })
    .from(leases)
    .where(eq(leases.containerId, container.id))
    .orderBy(asc(leases.id));
  const newest = Math.max(0, ...rows.map((row) => row.run));
  return [...new Set(rows.filter((row) => row.run === newest).map((row) => row.id))];
}
