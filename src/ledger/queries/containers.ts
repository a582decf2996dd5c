import { and, asc, desc, eq, inArray, ne, notInArray, or, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { End } from "../end-tables.ts";
import { type Build, builds, type Image, images } from "../image-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import {
  type ActiveMember,
  type Container,
  containers,
  type Device,
  devices,
  leases,
  type Member,
  type Project,
  projects,
} from "../schema.ts";
import { inLineOrder } from "./line-order.ts";
import { type OpenOverride, overridesOf } from "./overrides.ts";

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

/** In the order of the line. */
export async function waitingInLine(tx: Tx): Promise<Container[]> {
  return tx
    .select()
    .from(containers)
    .where(eq(containers.state, "waiting"))
    .orderBy(...inLineOrder);
}

/** Somebody in the line, with what serving needs to know of whom it serves. */
export type Waiting = {
  container: Container;
  slackUserId: string;
  group: string | null;
  overrides: OpenOverride[];
  /** The build that its image's name means now, the machine that has it, and whether its member may use it. Null: a house image. */
  made: { buildId: number; nodeId: string; mayUse: boolean } | null;
};

/** In the order of the line. */
export async function lineToServe(tx: Tx): Promise<Waiting[]> {
  const rows = await tx
    .select({
      container: containers,
      slackUserId: members.slackUserId,
      group: members.group,
      overrides: overridesOf(members.id),
      latestBuildId: images.latestBuildId,
      nodeId: builds.nodeId,
      mayUse: sql<boolean>`(${images.memberId} = ${containers.memberId} or exists (
        select from shares where image_id = ${images.id} and with_member_id = ${containers.memberId} and ended_at is null))`,
    })
    .from(containers)
    .innerJoin(members, eq(members.id, containers.memberId))
    .leftJoin(builds, eq(builds.id, containers.buildId))
    .leftJoin(images, eq(images.id, builds.imageId))
    .where(sql`${containers.state} = 'waiting'`)
    .orderBy(...inLineOrder);
  return rows.map(({ container, slackUserId, group, overrides, latestBuildId, nodeId, mayUse }) => {
    const follows = container.grantedAt === null && container.image.endsWith(":latest");
    const buildId = (follows ? latestBuildId : null) ?? container.buildId;
    // What it was granted once is its own for good, whoever shares what.
    const may = mayUse || container.grantedAt !== null;
    const made = buildId === null || nodeId === null ? null : { buildId, nodeId, mayUse: may };
    return { container, slackUserId, group, overrides, made };
  });
}

/** Of those in the line whose image is still to come, or may not be used any more: what is to be decided about them. */
export async function waitingForImages(tx: Tx): Promise<
  {
    container: Container;
    member: Member;
    /** The build it waits for, or stands on. */
    build: Build;
    image: Image;
    owner: Member;
    /** The newest build of that image that is queued or being built. */
    comingBuildId: number | null;
    mayUse: boolean;
  }[]
> {
  const owners = alias(members, "owners");
  const mayUse = sql<boolean>`(${images.memberId} = ${containers.memberId} or exists (
    select from shares where image_id = ${images.id} and with_member_id = ${containers.memberId} and ended_at is null))`;
  return tx
    .select({
      container: containers,
      member: members,
      build: builds,
      image: images,
      owner: owners,
      comingBuildId: sql<number | null>`(select max(id) from builds coming
        where coming.image_id = ${images.id} and coming.state in ('queued', 'building'))`,
      mayUse,
    })
    .from(containers)
    .innerJoin(members, eq(members.id, containers.memberId))
    .innerJoin(builds, sql`${builds.id} = coalesce(${containers.awaitsBuildId}, ${containers.buildId})`)
    .innerJoin(images, eq(images.id, builds.imageId))
    .innerJoin(owners, eq(owners.id, images.memberId))
    .where(
      and(
        sql`${containers.state} = 'waiting' and ${containers.grantedAt} is null`,
        or(sql`${containers.awaitsBuildId} is not null`, sql`not ${mayUse}`),
      ),
    )
    .orderBy(asc(containers.id));
}

/** Whether anybody stands in the line, or left it while something was promised to them. */
export async function anyoneToServe(tx: Tx): Promise<boolean> {
  const result = await tx.execute<{ yes: boolean }>(sql`
    select exists (select from containers where state = 'waiting')
      or exists (select from promises where state = 'open') as yes`);
  return result.rows[0]?.yes ?? false;
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

/** Why each of them waits. One statement however many. */
export async function updateWaits(
  tx: Tx,
  waits: readonly { id: number; waitsFor: string; passedOver: boolean }[],
): Promise<void> {
  if (waits.length === 0) return;
  const rows = JSON.stringify(waits);
  await tx.execute(sql`
    update containers set waits_for = one."waitsFor", passed_over = one."passedOver"
    from jsonb_to_recordset(${rows}::jsonb) as one(id int, "waitsFor" text, "passedOver" boolean)
    where containers.id = one.id`);
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

/** A container with whom and what it belongs to, and the devices it holds now. */
export type ContainerView = {
  container: Container;
  project: Project;
  member: ActiveMember;
  devices: Device[];
  /** When it will be stopped, the earliest first: that one is shown. */
  ends: ArmedEnd[];
  /** 1 is next; only while it waits and is not passed over. */
  place?: number;
};

export type ArmedEnd = Pick<End, "id" | "reason" | "at" | "because">;

/** One statement for many, in the order of `ids`; unknown ids are left out. */
export async function containerViews(tx: Tx, ids: readonly number[]): Promise<ContainerView[]> {
  if (ids.length === 0) return [];
  const read = tx
    .select({ container: containers, project: projects, member: members, ends: armedOf(containers.id) })
    .from(containers)
    .innerJoin(projects, eq(projects.id, containers.projectId))
    .innerJoin(members, eq(members.id, containers.memberId))
    .where(inArray(containers.id, [...ids]));
  const readHeld = tx
    .select({ containerId: leases.containerId, device: devices })
    .from(leases)
    .innerJoin(devices, eq(devices.id, leases.deviceId))
    .where(and(inArray(leases.containerId, [...ids]), sql`${leases.endedAt} is null`))
    .orderBy(asc(devices.gpuIndex), asc(devices.sliceIndex));
  const [rows, held] = await Promise.all([read, readHeld]);
  const line = rows.some((row) => row.container.state === "waiting")
    ? (await waitingInLine(tx)).filter((row) => !row.passedOver).map((row) => row.id)
    : [];
  return ids.flatMap((id) => {
    const row = rows.find((candidate) => candidate.container.id === id);
    if (!row) return [];
    const place = line.indexOf(id) + 1;
    return {
      ...row,
      member: row.member as ActiveMember,
      devices: held.filter((lease) => lease.containerId === id).map((lease) => lease.device),
      ...(place > 0 ? { place } : {}),
    };
  });
}

function armedOf(containerId: SQLWrapper): SQL<ArmedEnd[]> {
  return sql`(
    select coalesce(json_agg(json_build_object('id', id, 'reason', reason, 'at', at, 'because', because) order by at, id), '[]')
    from ends where ends.container_id = ${containerId} and ends.state = 'armed')`.mapWith(
    (read: (Omit<ArmedEnd, "at"> & { at: string })[]) =>
      read.map((end): ArmedEnd => ({ ...end, at: new Date(end.at) })),
  );
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
