import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import {
  type Build,
  type BuildProgress,
  builds,
  type Image,
  images,
  type Recipe,
  recipes,
  tags,
} from "../image-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { type ActiveMember, containers } from "../schema.ts";

/** A build with what it is made of and whose it is. */
export type BuildView = {
  build: Build;
  image: Image;
  recipe: Recipe;
  /** The recipe's number among those of the image, from 1. */
  version: number;
  /** The owner of the image, who asked for the build. */
  owner: ActiveMember;
};

export async function buildById(tx: Tx, id: number): Promise<Build | undefined> {
  return (await tx.select().from(builds).where(eq(builds.id, id)))[0];
}

export async function buildByRequest(tx: Tx, requestId: string): Promise<Build | undefined> {
  return (await tx.select().from(builds).where(eq(builds.requestId, requestId)))[0];
}

/** The last build of this very recipe that became an image. */
export async function lastReadyOf(tx: Tx, recipeId: number): Promise<Build | undefined> {
  const ready = and(eq(builds.recipeId, recipeId), eq(builds.state, "ready"));
  return (await tx.select().from(builds).where(ready).orderBy(desc(builds.id)).limit(1))[0];
}

/** One statement for many, in the order of `ids`; unknown ids are left out. */
export async function buildViews(tx: Tx, ids: readonly number[]): Promise<BuildView[]> {
  if (ids.length === 0) return [];
  const rows = await selectViews(tx).where(inArray(builds.id, [...ids]));
  return ids.flatMap((id) => rows.filter((row) => row.build.id === id).map(viewOf));
}

export async function buildView(tx: Tx, id: number): Promise<BuildView | undefined> {
  return (await buildViews(tx, [id]))[0];
}

/** What is queued or building, the oldest first. */
export async function buildsToMake(tx: Tx): Promise<BuildView[]> {
  return (
    await selectViews(tx).where(sql`${builds.state} in ('queued', 'building')`).orderBy(asc(builds.id))
  ).map(viewOf);
}

function selectViews(tx: Tx) {
  return tx
    .select({
      build: builds,
      image: images,
      recipe: recipes.recipe,
      version: recipes.version,
      owner: members,
    })
    .from(builds)
    .innerJoin(images, eq(images.id, builds.imageId))
    .innerJoin(recipes, eq(recipes.id, builds.recipeId))
    .innerJoin(members, eq(members.id, images.memberId));
}

function viewOf(row: Awaited<ReturnType<typeof selectViews>>[number]): BuildView {
  return { ...row, owner: row.owner as ActiveMember };
}

export async function insertBuild(tx: Tx, row: typeof builds.$inferInsert): Promise<Build> {
  const [inserted] = await tx.insert(builds).values(row).returning();
  if (!inserted) throw new Error("the build row was not returned");
  return inserted;
}

export async function updateBuild(
  tx: Tx,
  id: number,
  change: Partial<typeof builds.$inferInsert>,
): Promise<Build> {
  const [updated] = await tx.update(builds).set(change).where(eq(builds.id, id)).returning();
  if (!updated) throw new Error(`build ${id} is not in the ledger`);
  return updated;
}

/** queued → building. `undefined`: it is not queued any more, or its cancelling is wished. */
export async function claimBuild(tx: Tx, id: number, at: Date): Promise<Build | undefined> {
  const free = and(eq(builds.id, id), eq(builds.state, "queued"), eq(builds.cancelWished, false));
  const change = {
    state: "building",
    stateSince: at,
    startedAt: at,
    waitsFor: null,
    progress: null,
  } as const;
  return (await tx.update(builds).set(change).where(free).returning())[0];
}

/** building → queued: whoever built it is gone. `undefined`: it is not being built. */
export async function requeueBuild(tx: Tx, id: number, at: Date): Promise<Build | undefined> {
  const cutOff = and(eq(builds.id, id), eq(builds.state, "building"));
  const change = {
    state: "queued",
    stateSince: at,
    startedAt: null,
    progress: null,
    attempt: sql`${builds.attempt} + 1`,
  } as const;
  return (await tx.update(builds).set(change).where(cutOff).returning())[0];
}

/** Only while it is being built. */
export async function noteProgress(tx: Tx, id: number, progress: BuildProgress): Promise<Build | undefined> {
  const building = and(eq(builds.id, id), eq(builds.state, "building"));
  return (await tx.update(builds).set({ progress }).where(building).returning())[0];
}

/** Why it is not being built yet; only what changed is written. True: it changed. */
export async function noteWaits(tx: Tx, id: number, waitsFor: string): Promise<boolean> {
  const other = and(
    eq(builds.id, id),
    eq(builds.state, "queued"),
    sql`${builds.waitsFor} is distinct from ${waitsFor}`,
  );
  return (await tx.update(builds).set({ waitsFor }).where(other).returning({ id: builds.id })).length > 0;
}

/** Where the build's living message stands from now on. */
export async function noteBuildCard(
  tx: Tx,
  id: number,
  place: { channel: string; ts: string },
): Promise<void> {
  await tx.update(builds).set({ cardChannel: place.channel, cardTs: place.ts }).where(eq(builds.id, id));
}

/** By engine image id; of several the newest. For containers that are taken over from the engine. */
export async function buildOfEngineImage(tx: Tx, engineImageId: string): Promise<Build | undefined> {
  const rows = await tx
    .select()
    .from(builds)
    .where(and(eq(builds.engineImageId, engineImageId), eq(builds.state, "ready")))
    .orderBy(asc(builds.id));
  return rows.at(-1);
}

/**
 * Ready builds whose image may leave the engine now: that was wished, and no tag, no `latest`, no living or waiting
 * container and no other build with the same engine image stands in the way.
 */
export async function buildsToRemove(tx: Tx): Promise<Build[]> {
  return tx
    .select()
    .from(builds)
    .where(
      and(
        eq(builds.state, "ready"),
        sql`${builds.removedAt} is null and ${builds.removeWishedAt} is not null`,
        sql`not ${isReferredTo}`,
        sql`not exists (select from builds same where same.engine_image_id = ${builds.engineImageId}
          and same.id <> ${builds.id} and same.removed_at is null and same.remove_wished_at is null)`,
      ),
    )
    .orderBy(asc(builds.id));
}

/** What a prune may wish away of one member or of all: ready, there, and nothing refers to it. */
export async function unreferredBuilds(tx: Tx): Promise<Build[]> {
  return tx
    .select()
    .from(builds)
    .where(and(eq(builds.state, "ready"), sql`${builds.removedAt} is null`, sql`not ${isReferredTo}`))
    .orderBy(asc(builds.id));
}

const isReferredTo = sql`(
  exists (select from ${images} where ${images.latestBuildId} = ${builds.id})
  or exists (select from ${tags} where ${tags.buildId} = ${builds.id} and ${tags.deletedAt} is null)
  or exists (select from ${containers} where ${containers.state} not in ('retired', 'failed')
    and ${containers.buildId} = ${builds.id}))`;

/** The engine has them no more. */
export async function noteRemoved(tx: Tx, ids: readonly number[], at: Date): Promise<void> {
  if (ids.length > 0)
    await tx
      .update(builds)
      .set({ removedAt: at })
      .where(inArray(builds.id, [...ids]));
}

/** A job takes their images from the engine once nothing refers to them (`buildsToRemove`). */
export async function wishRemoved(tx: Tx, ids: readonly number[], at: Date): Promise<void> {
  const still = and(inArray(builds.id, [...ids]), sql`${builds.removeWishedAt} is null`);
  if (ids.length > 0) await tx.update(builds).set({ removeWishedAt: at }).where(still);
}
