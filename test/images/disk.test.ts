import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { refuseOverStorage, storageOf } from "../../src/images/disk/limits.ts";
import { measureEngines, measureWorkspaces } from "../../src/images/disk/measure.ts";
import { prune, removeWished } from "../../src/images/disk/prune.ts";
import { tellNearLimits } from "../../src/images/disk/tell.ts";
import { outbox } from "../../src/ledger/bot-tables.ts";
import { events } from "../../src/ledger/event-table.ts";
import { type Build, builds, diskUse, images, recipes, tags } from "../../src/ledger/image-tables.ts";
import { buildById, insertBuild, updateBuild, wishRemoved } from "../../src/ledger/queries/builds.ts";
import { insertImage, insertRecipe, insertTag, updateImageRow } from "../../src/ledger/queries/images.ts";
import { insertProject } from "../../src/ledger/queries/members.ts";
import { type ActiveMember, projects } from "../../src/ledger/schema.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

const gib = 1024 ** 3;
const day = 24 * 3_600_000;

let database: TestDatabase;
let world: MemoryWorld;
let ana: ActiveMember;
let ben: ActiveMember;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url);
  ana = await world.member("ana");
  ben = await world.member("ben");
});
afterAll(async () => {
  await world.end();
  await database.drop();
});

beforeEach(async () => {
  const there = await world.ledger.read((tx) => tx.select().from(builds));
  for (const { engineImageId } of there) if (engineImageId) world.engine.now.image(engineImageId, false);
  await world.ledger.write(async (tx) => {
    await tx.delete(diskUse);
    await tx.delete(tags);
    await tx.delete(builds);
    await tx.delete(recipes);
    await tx.delete(images);
    await tx.delete(outbox);
    await tx.delete(projects);
  });
});

/** A ready build as if it had been made `daysAgo`, with an image on the engine. */
async function built(
  name: string,
  { bytes = gib, shared = 0, daysAgo = 0, member = ana, imageId }: Partial<Wanted> = {},
): Promise<Build> {
  const ref = `ds01-${member.handle}/${name}:build-${world.random.token(6)}`;
  world.engine.now.image(
    ref,
    true,
    {},
    { sizeBytes: bytes, sharedBytes: shared, labels: { "berth.instance": "test" } },
  );
  const engineImageId = world.engine.imageNamed(ref)?.id ?? "";
  const at = new Date(world.clock.now().getTime() - daysAgo * day);
  return world.ledger.write(async (tx) => {
    const image = imageId ?? (await insertImage(tx, { memberId: member.id, name, createdAt: at })).id;
    const recipe = {
      base: { kind: "catalogue", name: "house", image: "x" },
      sets: [],
      pip: [],
      apt: [],
    } as const;
    const version = (await tx.$count(recipes)) + 1;
    const row = await insertRecipe(tx, {
      imageId: image,
      version,
      recipe: { ...recipe, sets: [], pip: [], apt: [] },
      createdAt: at,
    });
    const build = await insertBuild(tx, {
      requestId: world.random.token(12),
      imageId: image,
      recipeId: row.id,
      memberId: member.id,
      nodeId: "gpu1",
      state: "ready",
      stateSince: at,
      askedAt: at,
      engineImageId,
      sizeBytes: bytes,
    });
    await updateImageRow(tx, image, { latestBuildId: build.id });
    return build;
  });
}
type Wanted = { bytes: number; shared: number; daysAgo: number; member: ActiveMember; imageId: number };

const fresh = (build: Build) => world.ledger.read((tx) => buildById(tx, build.id));
const isOnEngine = (build: Build) => world.engine.imageNamed(build.engineImageId ?? "") !== undefined;
const notes = async () =>
  (await world.ledger.read((tx) => tx.select().from(outbox))).flatMap(({ recipient, news }) =>
    news.kind === "note" ? [{ recipient, text: news.text }] : [],
  );
const project = (name: string, member = ana) =>
  world.ledger.write((tx) =>
    insertProject(tx, {
      memberId: member.id,
      name,
      aliasId: world.random.token(10),
      workspacePath: `/srv/berth/${member.handle}/${name}`,
      createdAt: world.clock.now(),
    }),
  );
const countFiles = (options: { everyMs?: number; pace?: Map<number, number> } = {}) =>
  measureWorkspaces(
    world,
    { pace: new Map(), everyMs: 0, atMostMs: 60_000, ...options },
    new AbortController().signal,
  );
const refusing = (what: "build" | "deploy", member = ana) =>
  world.ledger.transaction((tx) => refuseOverStorage(tx, world, member, what));

test("what a member's images and files take is summed up; nobody else's counts", async () => {
  await built("vision", { bytes: 20 * gib, shared: 12 * gib });
  await built("speech", { bytes: 5 * gib });
  await built("other", { bytes: 50 * gib, member: ben });
  await project("vision");
  await project("other", ben);
  world.host.takes("/srv/berth/ana/vision", 100 * gib);
  world.host.takes("/srv/berth/ben/other", 7 * gib);
  expect((await storageOf(world, ana)).use.measuredAt).toBeNull();
  await measureEngines(world);
  await countFiles();
  const { use, limits } = await storageOf(world, ana);
  expect(use).toMatchObject({ images: 2, imageBytes: 13 * gib, workspaceBytes: 100 * gib, fullest: null });
  expect(use.measuredAt).toBeInstanceOf(Date);
  expect(limits.image_gib).toBe(60);
});

test("at the limit a build is refused, and not a container; deleting makes room at once", async () => {
  const large = await built("vision", { bytes: 70 * gib });
  await measureEngines(world);
  await expect(refusing("build")).rejects.toMatchObject({
    reason: "images-full",
    message: "Your images take 70 GB; you may use 60 GB for them.",
  });
  await refusing("deploy");
  await refusing("build", ben);
  await world.ledger.write((tx) => wishRemoved(tx, [large.id], world.clock.now()));
  await refusing("build");
});

test("full workspaces refuse a new container, and not a build", async () => {
  await project("a");
  await project("b");
  world.host.takes("/srv/berth/ana/a", 300 * gib);
  world.host.takes("/srv/berth/ana/b", 200 * gib);
  await countFiles();
  await expect(refusing("deploy")).rejects.toMatchObject({ reason: "workspaces-full" });
  await refusing("build");
});

test("what can't be counted stays as it was counted last, and a silent engine changes nothing", async () => {
  await built("vision", { bytes: 3 * gib });
  await project("a");
  world.host.takes("/srv/berth/ana/a", 4 * gib);
  await measureEngines(world);
  await countFiles();
  world.host.takes("/srv/berth/ana/a", undefined);
  world.engine.now.silent(true);
  await measureEngines(world);
  await countFiles();
  world.host.silent(true);
  await countFiles();
  world.host.silent(false);
  world.engine.now.silent(false);
  expect((await storageOf(world, ana)).use).toMatchObject({ imageBytes: 3 * gib, workspaceBytes: 4 * gib });
});

test("a workspace that was counted within the hour is not counted again", async () => {
  await project("a");
  world.host.takes("/srv/berth/ana/a", gib);
  await countFiles();
  world.host.takes("/srv/berth/ana/a", 2 * gib);
  await countFiles({ everyMs: 3_600_000 });
  expect((await storageOf(world, ana)).use.workspaceBytes).toBe(gib);
  await countFiles({ everyMs: 0 });
  expect((await storageOf(world, ana)).use.workspaceBytes).toBe(2 * gib);
});

test("near a limit its member is told, once; again after it was below", async () => {
  const first = await built("vision", { bytes: 50 * gib });
  await built("other", { bytes: 10 * gib, member: ben });
  const round = async () => {
    await measureEngines(world);
    await tellNearLimits(world);
  };
  await round();
  await round();
  const told = { recipient: "UANA", text: "Your images take 50 GB of the 60 GB you may use for them." };
  expect(await notes()).toEqual([told]);

  // What she was told about goes and something else of hers keeps it full: she knows.
  const second = await built("speech", { bytes: 52 * gib });
  await round();
  await world.ledger.write((tx) => updateBuild(tx, first.id, { removedAt: world.clock.now() }));
  await round();
  expect(await notes()).toEqual([told]);

  await world.ledger.write((tx) => wishRemoved(tx, [second.id], world.clock.now()));
  await round();
  await built("again", { bytes: 49 * gib });
  await round();
  expect((await notes()).map(({ text }) => text)).toEqual([
    told.text,
    "Your images take 49 GB of the 60 GB you may use for them.",
  ]);
});

test("a deleted image leaves the engine, with its history; what somebody uses stays", async () => {
  const gone = await built("vision");
  const tagged = await built("speech");
  await world.ledger.write(async (tx) => {
    const at = world.clock.now();
    for (const { imageId } of [gone, tagged]) await updateImageRow(tx, imageId, { latestBuildId: null });
    await insertTag(tx, { imageId: tagged.imageId, name: "exp-1", buildId: tagged.id, createdAt: at });
    await wishRemoved(tx, [gone.id, tagged.id], at);
  });
  expect((await removeWished(world, world.node)).map(({ id }) => id)).toEqual([gone.id]);
  expect([isOnEngine(gone), isOnEngine(tagged)]).toEqual([false, true]);
  expect((await fresh(gone))?.removedAt).toBeInstanceOf(Date);
  expect((await fresh(tagged))?.removedAt).toBeNull();
  const told = await world.ledger.read((tx) => tx.select().from(events));
  expect(told.filter(({ what }) => what === "build-removed")).toMatchObject([
    { imageId: gone.imageId, evidence: { buildId: gone.id, engineImageId: gone.engineImageId } },
  ]);
});

test("an image that a container outside the ledger was made from stays, and is asked for again", async () => {
  const build = await built("vision");
  await world.ledger.write(async (tx) => {
    await updateImageRow(tx, build.imageId, { latestBuildId: null });
    await wishRemoved(tx, [build.id], world.clock.now());
  });
  const ref = world.engine.imageNamed(build.engineImageId ?? "")?.refs[0] ?? "";
  const outsider = world.engine.now.planted({ name: "by-hand", image: ref });
  expect(await removeWished(world, world.node)).toEqual([]);
  expect((await fresh(build))?.removedAt).toBeNull();
  world.engine.now.removedByHand(outsider);
  expect(await removeWished(world, world.node)).toHaveLength(1);
});

test("a prune takes what nobody needed for seven days, and nothing else", async () => {
  const old = await built("vision", { daysAgo: 30 });
  const replaced = await built("vision", { daysAgo: 20, imageId: old.imageId });
  const kept = await built("vision", { daysAgo: 10, imageId: old.imageId });
  const latest = await built("vision", { daysAgo: 9, imageId: old.imageId });
  const lately = await built("speech", { daysAgo: 30 });
  const newer = await built("speech", { daysAgo: 2, imageId: lately.imageId });
  await world.ledger.write((tx) =>
    insertTag(tx, { imageId: kept.imageId, name: "exp-1", buildId: kept.id, createdAt: world.clock.now() }),
  );
  const pruned = await prune(world, 7);
  expect(pruned.builds.map(({ id }) => id).sort()).toEqual([old.id, replaced.id].sort());
  const stayed = [kept, latest, lately, newer];
  expect(stayed.map(isOnEngine)).toEqual(stayed.map(() => true));
  expect([old, replaced].map(isOnEngine)).toEqual([false, false]);
  // Recipes are for ever.
  expect(await world.ledger.read((tx) => tx.$count(recipes))).toBe(6);

  // An admin's prune does not wait for the seven days.
  expect((await prune(world, 0)).builds.map(({ id }) => id)).toEqual([lately.id]);
  expect([newer, kept, latest].map(isOnEngine)).toEqual([true, true, true]);
});

test("a prune while something is built leaves the cache and the bases alone", async () => {
  world.engine.now.image("berth-base:0123456789ab", true, {}, { sizeBytes: 7 * gib });
  const build = await built("vision");
  await world.ledger.write((tx) => updateBuild(tx, build.id, { state: "building" }));
  expect((await prune(world, 0)).withCache).toBe(false);
  expect(world.engine.imageNamed("berth-base:0123456789ab")).toBeDefined();
  await world.ledger.write((tx) => updateBuild(tx, build.id, { state: "ready" }));
  expect((await prune(world, 0)).withCache).toBe(true);
  expect(world.engine.imageNamed("berth-base:0123456789ab")).toBeUndefined();
});

test("a base that a build stands on keeps its name", async () => {
  world.engine.now.image("berth-base:aaaaaaaaaaaa", true, {}, { sizeBytes: 7 * gib });
  const id = world.engine.imageNamed("berth-base:aaaaaaaaaaaa")?.id ?? "";
  const build = await built("vision");
  await world.ledger.write((tx) => updateBuild(tx, build.id, { baseImageId: id }));
  await prune(world, 0);
  expect(world.engine.imageNamed("berth-base:aaaaaaaaaaaa")).toBeDefined();
});

test("a prune of a silent engine takes nothing and forgets nothing", async () => {
  const old = await built("vision", { daysAgo: 30 });
  await built("vision", { daysAgo: 20, imageId: old.imageId });
  world.engine.now.silent(true);
  expect((await prune(world, 7)).builds).toEqual([]);
  world.engine.now.silent(false);
  expect((await fresh(old))?.removedAt).toBeNull();
  expect(await removeWished(world, world.node)).toHaveLength(1);
});
