import { and, asc, eq, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { type Build, builds, type Image, images } from "../image-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { type Container, containers, type Member } from "../schema.ts";
import { isSparedItsEnd } from "./exemptions.ts";
import { inLineOrder } from "./line-order.ts";
import { type OpenOverride, overridesOf } from "./overrides.ts";

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
  /** Spared the end of its hours, once it runs. */
  isExempt: boolean;
  /** The build that its image's name means now, the machine that has it, and whether its member may use it. Null: a house image. */
  made: { buildId: number; nodeId: string; mayUse: boolean } | null;
};

/** In the order of the line. */
export async function lineToServe(tx: Tx, now: Date): Promise<Waiting[]> {
  const rows = await tx
    .select({
      container: containers,
      slackUserId: members.slackUserId,
      group: members.group,
      overrides: overridesOf(members.id),
      isExempt: isSparedItsEnd(sql`${containers.id}`, sql`${containers.memberId}`, now),
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
  return rows.map(({ container, latestBuildId, nodeId, mayUse, ...row }) => {
    const follows = container.grantedAt === null && container.image.endsWith(":latest");
    const buildId = (follows ? latestBuildId : null) ?? container.buildId;
    // What it was granted once is its own for good, whoever shares what.
    const may = mayUse || container.grantedAt !== null;
    const made = buildId === null || nodeId === null ? null : { buildId, nodeId, mayUse: may };
    return { container, ...row, made };
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
