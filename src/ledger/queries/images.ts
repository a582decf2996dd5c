import { and, asc, desc, eq, inArray, isNull, or, sql } from "drizzle-orm";
import {
  type Build,
  builds,
  diskUse,
  type Image,
  images,
  type Recipe,
  type RecipeRow,
  recipes,
  shares,
  tags,
} from "../image-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { type ActiveMember, type Container, containers, type Member } from "../schema.ts";

/** An image with all that is shown of it. */
export type ImageView = {
  image: Image;
  owner: ActiveMember;
  /** What `latest` is; undefined: nothing was ready yet. */
  latest?: Build;
  /** What the newest asking was for, whatever became of it: what a form to change it is filled with. */
  recipe: Recipe;
  /** Every version, the newest first. */
  recipes: RecipeRow[];
  /** The newest first: the last ten, and those that something refers to. */
  builds: Build[];
  /** Sorted by name. */
  tags: { name: string; build: Build; createdAt: Date }[];
  /** Living containers and waiting requests, also of those it is shared with, that stand on a build of it or wait for one. */
  usedBy: (Container & { handle: string })[];
  sharedWith: Member[];
  /** By build id: bytes that no other image has, as last measured. */
  ownBytes: ReadonlyMap<number, number>;
};

const newestBuilds = 10;

export async function imageById(tx: Tx, id: number): Promise<Image | undefined> {
  return (await tx.select().from(images).where(eq(images.id, id)))[0];
}

/** Also one that was deleted. */
export async function imageByName(tx: Tx, memberId: number, name: string): Promise<Image | undefined> {
  const its = and(eq(images.memberId, memberId), eq(images.name, name));
  return (await tx.select().from(images).where(its))[0];
}

export async function imagesOfMember(tx: Tx, memberId: number): Promise<Image[]> {
  const there = and(eq(images.memberId, memberId), isNull(images.deletedAt));
  return tx.select().from(images).where(there).orderBy(asc(images.name));
}

/** What others share with the member now. */
export async function imagesSharedWith(
  tx: Tx,
  memberId: number,
): Promise<{ image: Image; owner: ActiveMember }[]> {
  const rows = await tx
    .select({ image: images, owner: members })
    .from(shares)
    .innerJoin(images, eq(images.id, shares.imageId))
    .innerJoin(members, eq(members.id, images.memberId))
    .where(and(eq(shares.withMemberId, memberId), isNull(shares.endedAt), isNull(images.deletedAt)))
    .orderBy(asc(members.handle), asc(images.name));
  return rows.map(({ image, owner }) => ({ image, owner: owner as ActiveMember }));
}

/** In the order of `ids`; unknown ids are left out. */
export async function imageViews(tx: Tx, ids: readonly number[]): Promise<ImageView[]> {
  if (ids.length === 0) return [];
  const wanted = [...ids];
  const usedBuild = sql`${builds.id} in (
    select build_id from containers where state not in ('retired', 'failed') and build_id is not null
    union select awaits_build_id from containers where state = 'waiting' and awaits_build_id is not null
    union select build_id from tags where deleted_at is null
    union select latest_build_id from images where latest_build_id is not null)`;
  const newest = sql`${builds.id} in (
    select id from (select id, row_number() over (partition by image_id order by id desc) as place from builds
      where ${inArray(sql`image_id`, wanted)}) as ranked where place <= ${newestBuilds})`;
  const [rows, allRecipes, allBuilds, allTags, users, sharedWith] = await Promise.all([
    tx
      .select({ image: images, owner: members })
      .from(images)
      .innerJoin(members, eq(members.id, images.memberId))
      .where(inArray(images.id, wanted)),
    tx.select().from(recipes).where(inArray(recipes.imageId, wanted)).orderBy(desc(recipes.version)),
    tx
      .select({ build: builds, ownBytes: diskUse.bytes })
      .from(builds)
      .leftJoin(diskUse, and(eq(diskUse.kind, "image"), eq(diskUse.ofId, builds.id)))
      .where(and(inArray(builds.imageId, wanted), or(newest, usedBuild)))
      .orderBy(desc(builds.id)),
    tx
      .select()
      .from(tags)
      .where(and(inArray(tags.imageId, wanted), isNull(tags.deletedAt)))
      .orderBy(asc(tags.name)),
    usersOf(tx, wanted),
    tx
      .select({ imageId: shares.imageId, member: members })
      .from(shares)
      .innerJoin(members, eq(members.id, shares.withMemberId))
      .where(and(inArray(shares.imageId, wanted), isNull(shares.endedAt)))
      .orderBy(asc(members.handle)),
  ]);
  return wanted.flatMap((id) => {
    const row = rows.find(({ image }) => image.id === id);
    const its = allRecipes.filter((recipe) => recipe.imageId === id);
    if (!row || !its[0]) return [];
    const measured = allBuilds.filter(({ build }) => build.imageId === id);
    const ownBuilds = measured.map(({ build }) => build);
    const latest = ownBuilds.find((build) => build.id === row.image.latestBuildId);
    return {
      image: row.image,
      owner: row.owner as ActiveMember,
      ...(latest ? { latest } : {}),
      recipe: its[0].recipe,
      recipes: its,
      builds: ownBuilds,
      tags: allTags.flatMap((tag) => {
        const build = ownBuilds.find((one) => one.id === tag.buildId);
        return build ? [{ name: tag.name, build, createdAt: tag.createdAt }] : [];
      }),
      usedBy: users
        .filter((user) => user.imageId === id)
        .map(({ container, handle }) => ({ ...container, handle })),
      sharedWith: sharedWith.filter((share) => share.imageId === id).map(({ member }) => member),
      ownBytes: new Map(
        measured.flatMap(({ build, ownBytes }) => (ownBytes === null ? [] : [[build.id, ownBytes]])),
      ),
    };
  });
}

/** Living containers and waiting requests that stand on a build of one of these images, or wait for one. */
export async function usersOf(
  tx: Tx,
  imageIds: readonly number[],
): Promise<{ container: Container; imageId: number; buildId: number; handle: string }[]> {
  if (imageIds.length === 0) return [];
  const stands = sql`${builds.id} = coalesce(${containers.awaitsBuildId}, ${containers.buildId})`;
  const rows = await tx
    .select({ container: containers, imageId: builds.imageId, buildId: builds.id, handle: members.handle })
    .from(containers)
    .innerJoin(builds, stands)
    .innerJoin(members, eq(members.id, containers.memberId))
    .where(and(sql`${containers.state} not in ('retired', 'failed')`, inArray(builds.imageId, [...imageIds])))
    .orderBy(asc(containers.id));
  return rows.map((row) => ({ ...row, handle: row.handle ?? "" }));
}

/** What a name means to a member: their own image, or one that its owner shares with them; and the build behind its tag. */
export type NamedBuild = {
  image: Image;
  owner: ActiveMember;
  /** What `latest` or the tag is; undefined: there is no such tag, or nothing was ready yet. */
  build: Build | undefined;
  /** The newest that is queued or being built. */
  coming: Build | undefined;
  /** The newest of all. */
  newest: Build | undefined;
};

/** Deleted images and those not shared with the member are answered as if they did not exist. */
export async function namedBuild(
  tx: Tx,
  memberId: number,
  { owner, name, tag }: { owner?: string; name: string; tag?: string },
): Promise<NamedBuild | undefined> {
  const shared = sql`exists (select from ${shares} where ${shares.imageId} = ${images.id}
    and ${shares.withMemberId} = ${memberId} and ${shares.endedAt} is null)`;
  const whose =
    owner === undefined
      ? eq(images.memberId, memberId)
      : and(eq(members.handle, owner), or(eq(images.memberId, memberId), shared));
  const isMeant =
    tag === undefined || tag === "latest"
      ? sql`${builds.id} = ${images.latestBuildId}`
      : sql`${builds.id} = (select build_id from tags where image_id = ${images.id} and name = ${tag} and deleted_at is null)`;
  const isNewest = sql`${builds.id} = (select max(id) from builds where image_id = ${images.id})`;
  const isComing = sql`${builds.id} = (select max(id) from builds where image_id = ${images.id}
    and state in ('queued', 'building'))`;
  const rows = await tx
    .select({
      image: images,
      owner: members,
      build: builds,
      isMeant: sql<boolean>`coalesce(${isMeant}, false)`,
      isNewest: sql<boolean>`coalesce(${isNewest}, false)`,
      isComing: sql<boolean>`coalesce(${isComing}, false)`,
    })
    .from(images)
    .innerJoin(members, eq(members.id, images.memberId))
    .leftJoin(builds, and(eq(builds.imageId, images.id), or(isMeant, isNewest, isComing)))
    .where(and(eq(images.name, name), whose, isNull(images.deletedAt)));
  const [first] = rows;
  if (!first) return undefined;
  return {
    image: first.image,
    owner: first.owner as ActiveMember,
    build: rows.find((row) => row.isMeant)?.build ?? undefined,
    coming: rows.find((row) => row.isComing)?.build ?? undefined,
    newest: rows.find((row) => row.isNewest)?.build ?? undefined,
  };
}

export async function insertImage(tx: Tx, row: typeof images.$inferInsert): Promise<Image> {
  const [inserted] = await tx.insert(images).values(row).returning();
  if (!inserted) throw new Error("the image row was not returned");
  return inserted;
}

export async function updateImageRow(
  tx: Tx,
  id: number,
  change: Partial<typeof images.$inferInsert>,
): Promise<Image> {
  const [updated] = await tx.update(images).set(change).where(eq(images.id, id)).returning();
  if (!updated) throw new Error(`image ${id} is not in the ledger`);
  return updated;
}

export async function newestRecipe(tx: Tx, imageId: number): Promise<RecipeRow | undefined> {
  const [row] = await tx
    .select()
    .from(recipes)
    .where(eq(recipes.imageId, imageId))
    .orderBy(desc(recipes.version))
    .limit(1);
  return row;
}

export async function insertRecipe(tx: Tx, row: typeof recipes.$inferInsert): Promise<RecipeRow> {
  const [inserted] = await tx.insert(recipes).values(row).returning();
  if (!inserted) throw new Error("the recipe row was not returned");
  return inserted;
}

/** Of one image: what is queued or being built, the oldest first. */
export async function comingBuilds(tx: Tx, imageId: number): Promise<Build[]> {
  const coming = and(eq(builds.imageId, imageId), sql`${builds.state} in ('queued', 'building')`);
  return tx.select().from(builds).where(coming).orderBy(asc(builds.id));
}

export async function insertTag(tx: Tx, row: typeof tags.$inferInsert): Promise<void> {
  await tx.insert(tags).values(row);
}

/** One of an image's tags, or all. */
export async function deleteTags(tx: Tx, imageId: number, at: Date, name?: string): Promise<void> {
  const its = and(
    eq(tags.imageId, imageId),
    isNull(tags.deletedAt),
    name === undefined ? undefined : eq(tags.name, name),
  );
  await tx.update(tags).set({ deletedAt: at }).where(its);
}

export async function insertShare(tx: Tx, row: typeof shares.$inferInsert): Promise<void> {
  await tx.insert(shares).values(row);
}

/** With one member, or with all. */
export async function endShares(tx: Tx, imageId: number, at: Date, withMemberId?: number): Promise<void> {
  const its = and(
    eq(shares.imageId, imageId),
    isNull(shares.endedAt),
    withMemberId === undefined ? undefined : eq(shares.withMemberId, withMemberId),
  );
  await tx.update(shares).set({ endedAt: at }).where(its);
}
