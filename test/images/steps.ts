import { randomUUID } from "node:crypto";
import { settleAwaiting } from "../../src/containers/awaited.ts";
import { createImage } from "../../src/images/create.ts";
import { type BuildEnd, endBuild } from "../../src/images/end-build.ts";
import type { ImageWish } from "../../src/images/recipe.ts";
import { updateImage } from "../../src/images/update.ts";
import { events } from "../../src/ledger/event-table.ts";
import type { Build, ImageContents } from "../../src/ledger/image-tables.ts";
import { type BuildView, buildById, claimBuild } from "../../src/ledger/queries/builds.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { type MemoryWorld, testImage } from "../support/memory-world.ts";

/** A plain image on the house image with these packages. */
export const wish = (pip = "", apt = ""): ImageWish => ({ base: { catalogue: "house" }, sets: [], pip, apt });

export const contents: ImageContents = {
  python: "3.11.2",
  os: "Debian 12",
  cuda: null,
  pip: ["numpy==1.26.4"],
  apt: ["git=1:2.39"],
  aptManual: ["git"],
};

export const create = (world: MemoryWorld, by: ActiveMember, name: string, pip = "") =>
  createImage(world, { by, requestId: randomUUID(), name, wish: wish(pip) });

export const update = (world: MemoryWorld, by: ActiveMember, imageId: number, pip: string) =>
  updateImage(world, { by, requestId: randomUUID(), imageId, wish: wish(pip) });

/** As the job that builds does it: claimed, an image on the engine, the end and what waits for it in one transaction. */
export async function becomesReady(world: MemoryWorld, { build }: BuildView): Promise<Build> {
  await claims(world, build.id);
  const made = await world.engine.build(
    {
      id: `build ${build.id}`,
      dockerfile: `FROM ${testImage}\nRUN ${build.id}\n`,
      files: new Map(),
      labels: { "berth.instance": "test", "berth.build": String(build.id) },
      tags: [`ds01-test/of:build-${build.id}`],
      buildArgs: {},
      registryLogins: {},
    },
    () => undefined,
    AbortSignal.timeout(10_000),
  );
  if (made.is !== "ready") throw new Error(made.error);
  return ends(world, build.id, {
    is: "ready",
    engineImageId: made.imageId,
    sizeBytes: made.sizeBytes,
    contents,
  });
}

export async function fails(world: MemoryWorld, { build }: BuildView): Promise<Build> {
  await claims(world, build.id);
  const failure = { because: "There is no package called numpi.", tail: ["ERROR"] };
  return ends(world, build.id, { is: "failed", failure });
}

export async function claims(world: MemoryWorld, buildId: number): Promise<Build | undefined> {
  return world.ledger.transaction((tx) => claimBuild(tx, buildId, world.clock.now()));
}

export async function ends(world: MemoryWorld, buildId: number, end: BuildEnd): Promise<Build> {
  await world.ledger.transaction(async (tx) => {
    if (await endBuild(tx, world, buildId, end)) await settleAwaiting(tx, world);
  });
  return buildNow(world, buildId);
}

export async function buildNow(world: MemoryWorld, id: number): Promise<Build> {
  const build = await world.ledger.read((tx) => buildById(tx, id));
  if (!build) throw new Error(`build ${id} is not in the ledger`);
  return build;
}

/** What happened to an image, the oldest first. */
export async function imageStory(world: MemoryWorld, imageId: number): Promise<string[]> {
  const rows = await world.ledger.read((tx) => tx.select().from(events).orderBy(events.id));
  return rows.filter((row) => row.imageId === imageId).map((row) => row.what);
}
