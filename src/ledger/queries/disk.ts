import { and, eq, inArray, isNull, lt, sql } from "drizzle-orm";
import { builds, type DiskUse, diskUse } from "../image-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { containers, projects } from "../schema.ts";

/** What counts against a member's limits of storage, as last measured. */
export type StorageUse = {
  /** Not deleted. */
  images: number;
  /** Of the images that are on the server: what no other image there has. */
  imageBytes: number;
  /** Files of all their projects. */
  workspaceBytes: number;
  /** The container that wrote most outside /workspace, with what that is; null: none was measured. */
  fullest: { project: string; containerId: number; bytes: number } | null;
  /** Null: nothing was measured yet. */
  measuredAt: Date | null;
};

/** In one statement; old measurements of what is gone don't count. */
export async function readStorage(tx: Tx, memberId: number): Promise<StorageUse> {
  const own = sql`select * from disk_use where member_id = ${memberId}`;
  const result = await tx.execute<{
    images: number;
    image_bytes: string;
    workspace_bytes: string;
    fullest: StorageUse["fullest"];
    measured_at: string | null;
  }>(sql`
    with own as (${own})
    select
      (select count(*) from images where member_id = ${memberId} and deleted_at is null)::int as images,
      (select coalesce(sum(own.bytes), 0) from own join builds on builds.id = own.of_id
        where own.kind = 'image' and builds.removed_at is null and builds.remove_wished_at is null)::text as image_bytes,
      (select coalesce(sum(own.bytes), 0) from own where own.kind = 'workspace')::text as workspace_bytes,
      (select json_build_object('project', projects.name, 'containerId', containers.id, 'bytes', own.bytes)
        from own join containers on containers.id = own.of_id and containers.state not in ('retired', 'failed')
        join projects on projects.id = containers.project_id
        where own.kind = 'layer' order by own.bytes desc limit 1) as fullest,
      (select max(own.measured_at) from own)::text as measured_at`);
  const row = result.rows[0];
  if (!row) throw new Error("the storage was not read");
  return {
    images: row.images,
    imageBytes: Number(row.image_bytes),
    workspaceBytes: Number(row.workspace_bytes),
    fullest: row.fullest,
    measuredAt: row.measured_at === null ? null : new Date(row.measured_at),
  };
}

/** What there is to be measured on one machine. */
export type OnDisk = {
  builds: { id: number; memberId: number; engineImageId: string }[];
  containers: { id: number; memberId: number; engineId: string }[];
};

export async function builtAndRunning(tx: Tx, nodeId: string): Promise<OnDisk> {
  const there = and(eq(builds.nodeId, nodeId), eq(builds.state, "ready"), isNull(builds.removedAt));
  const living = sql`${containers.state} not in ('retired', 'failed') and ${containers.engineId} is not null`;
  const [images, running] = [
    await tx
      .select({ id: builds.id, memberId: builds.memberId, engineImageId: builds.engineImageId })
      .from(builds)
      .where(there)
      .orderBy(builds.id),
    await tx
      .select({ id: containers.id, memberId: containers.memberId, engineId: containers.engineId })
      .from(containers)
      .where(and(eq(containers.nodeId, nodeId), living)),
  ];
  return {
    builds: images.flatMap(({ engineImageId, ...row }) => (engineImageId ? [{ ...row, engineImageId }] : [])),
    containers: running.flatMap(({ engineId, ...row }) => (engineId ? [{ ...row, engineId }] : [])),
  };
}

/** Every project with its files' place and when they were measured last; what was never measured first, then the oldest. */
export async function workspacesToMeasure(
  tx: Tx,
): Promise<{ id: number; memberId: number; path: string; measuredAt: Date | null }[]> {
  const measured = and(eq(diskUse.kind, "workspace"), eq(diskUse.ofId, projects.id));
  return tx
    .select({
      id: projects.id,
      memberId: projects.memberId,
      path: projects.workspacePath,
      measuredAt: diskUse.measuredAt,
    })
    .from(projects)
    .leftJoin(diskUse, measured)
    .orderBy(sql`${diskUse.measuredAt} asc nulls first`, projects.id);
}

export type Measurement = Pick<DiskUse, "kind" | "ofId" | "memberId" | "bytes">;

/** Whether its member was told (`warnedAt`) stays as it is. */
export async function writeMeasured(tx: Tx, rows: readonly Measurement[], at: Date): Promise<void> {
  for (let i = 0; i < rows.length; i += 500) {
    const some = rows.slice(i, i + 500).map((row) => ({ ...row, measuredAt: at }));
    await tx
      .insert(diskUse)
      .values(some)
      .onConflictDoUpdate({
        target: [diskUse.kind, diskUse.ofId],
        set: {
          bytes: sql`excluded.bytes`,
          memberId: sql`excluded.member_id`,
          measuredAt: sql`excluded.measured_at`,
        },
      });
  }
}

/** Forgets measurements of containers that are gone and builds that were removed. */
export async function forgetGone(tx: Tx): Promise<void> {
  await tx.delete(diskUse).where(
    sql`(kind = 'layer' and not exists (select from containers where id = of_id and state not in ('retired', 'failed')))
     or (kind = 'image' and not exists (select from builds where id = of_id and removed_at is null))`,
  );
}

/** Of everybody who has something measured: what it is, and whether they were told that it is much. */
export type MemberStorage = {
  memberId: number;
  slackUserId: string;
  group: string | null;
  handle: string;
  images: { bytes: number; told: boolean };
  workspaces: { bytes: number; told: boolean };
  layers: { containerId: number; project: string; bytes: number; told: boolean }[];
};

export async function storageOfAll(tx: Tx): Promise<MemberStorage[]> {
  const rows = await tx
    .select({
      use: diskUse,
      slackUserId: members.slackUserId,
      group: members.group,
      handle: members.handle,
      project: projects.name,
      leaves: sql<boolean>`(${builds.removedAt} is not null or ${builds.removeWishedAt} is not null)`,
    })
    .from(diskUse)
    .innerJoin(members, eq(members.id, diskUse.memberId))
    .leftJoin(containers, and(eq(diskUse.kind, "layer"), eq(containers.id, diskUse.ofId)))
    .leftJoin(projects, eq(projects.id, containers.projectId))
    .leftJoin(builds, and(eq(diskUse.kind, "image"), eq(builds.id, diskUse.ofId)))
    .orderBy(members.id, diskUse.ofId);
  const all = new Map<number, MemberStorage>();
  for (const { use, slackUserId, group, handle, project, leaves } of rows) {
    const member = all.get(use.memberId) ?? {
      memberId: use.memberId,
      slackUserId,
      group,
      handle: handle ?? "",
      images: { bytes: 0, told: false },
      workspaces: { bytes: 0, told: false },
      layers: [],
    };
    all.set(use.memberId, member);
    const told = use.warnedAt !== null;
    if (use.kind === "layer")
      member.layers.push({ containerId: use.ofId, project: project ?? "", bytes: use.bytes, told });
    else {
      const sum = use.kind === "image" ? member.images : member.workspaces;
      sum.bytes += leaves ? 0 : use.bytes;
      sum.told ||= told;
    }
  }
  return [...all.values()];
}

/** `at`: told now; null: below the limit again. Of images and workspaces all of a member's, of layers those containers'. */
export async function noteTold(
  tx: Tx,
  of: { kind: DiskUse["kind"]; memberId: number; ofIds?: readonly number[] },
  at: Date | null,
): Promise<void> {
  const which = and(
    eq(diskUse.kind, of.kind),
    eq(diskUse.memberId, of.memberId),
    of.ofIds ? inArray(diskUse.ofId, [...of.ofIds]) : undefined,
    at === null ? undefined : isNull(diskUse.warnedAt),
  );
  await tx.update(diskUse).set({ warnedAt: at }).where(which);
}

/** Base images that some build on that machine stands on, which is there or being made. */
export async function basesInUse(tx: Tx, nodeId: string): Promise<ReadonlySet<string>> {
  const there = and(
    eq(builds.nodeId, nodeId),
    isNull(builds.removedAt),
    sql`${builds.baseImageId} is not null`,
  );
  const rows = await tx.selectDistinct({ id: builds.baseImageId }).from(builds).where(there);
  return new Set(rows.flatMap(({ id }) => (id === null ? [] : [id])));
}

/**
 * Of these builds, nobody needs them since before that instant: ready before it, a newer one of the same image too (or the
 * image is deleted), and no container was made from it that ended since.
 */
export async function unusedSince(tx: Tx, buildIds: readonly number[], before: Date): Promise<number[]> {
  if (buildIds.length === 0) return [];
  const rows = await tx
    .select({ id: builds.id })
    .from(builds)
    .where(
      and(
        inArray(builds.id, [...buildIds]),
        lt(builds.stateSince, before),
        sql`(exists (select from builds newer where newer.image_id = ${builds.imageId} and newer.id > ${builds.id}
            and newer.state = 'ready' and newer.state_since < ${before})
          or exists (select from images where images.id = ${builds.imageId} and images.deleted_at < ${before}))`,
        sql`not exists (select from containers where containers.build_id = ${builds.id}
          and containers.state_since >= ${before})`,
      ),
    )
    .orderBy(builds.id);
  return rows.map(({ id }) => id);
}

export async function anythingBeingBuilt(tx: Tx): Promise<boolean> {
  return (await tx.$count(builds, sql`state in ('queued', 'building')`)) > 0;
}
