import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type DeployRequest, deploy } from "../../src/containers/deploy.ts";
import { containerView, onOlderBuild } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { cancelBuild } from "../../src/images/cancel.ts";
import { deleteImage } from "../../src/images/delete.ts";
import { imageNamed, imagesOf } from "../../src/images/list.ts";
import { shareImage, unshareImage } from "../../src/images/share.ts";
import { tagImage } from "../../src/images/tag.ts";
import { buildsToRemove, wishRemoved } from "../../src/ledger/queries/builds.ts";
import { livingOfMember } from "../../src/ledger/queries/containers.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { settledAndSound } from "../containers/invariants.ts";
import { ready, settled, story } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { becomesReady, buildNow, create, fails, update, wish } from "./steps.ts";

let database: TestDatabase;
let world: MemoryWorld;
let count = 0;
let people: ActiveMember[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, { gpus: 1 });
  world.start();
  await ready(world);
});

/** Everything is retired after each test: one GPU is there for all. */
afterEach(async () => {
  for (const by of people) {
    for (const { id } of await world.ledger.read((tx) => livingOfMember(tx, by.id))) {
      await retire(world, { by, which: { containerId: id } }).catch(() => undefined);
      await settled(world, id, "retired");
    }
  }
  people = [];
  await settledAndSound(world);
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

async function newMember(): Promise<ActiveMember> {
  count += 1;
  const member = await world.member(`user${count}`);
  people.push(member);
  return member;
}

const ask = (by: ActiveMember, more: Partial<DeployRequest> = {}) =>
  deploy(world, { by, requestId: randomUUID(), project: "vision", ...more });
const rowOf = async (id: number) => (await containerView(world, id))!.container;
const built = async (by: ActiveMember, name = "vision", pip = "numpy") => {
  const asked = await create(world, by, name, pip);
  return { ...asked, build: await becomesReady(world, asked) };
};
const reasonOf = (error: unknown) => (error as { reason?: string }).reason ?? error;

describe("what a name means", () => {
  test("the own image of the project's name without being named; its container stands on that build", async () => {
    const ana = await newMember();
    const { build } = await built(ana);
    const { container } = await ask(ana);
    expect(container).toMatchObject({ image: "vision:latest", buildId: build.id, awaitsBuildId: null });
    await settled(world, container.id, "running");
    expect((await rowOf(container.id)).imageId).toBe(build.engineImageId);
  });

  test("a house image where there is no own one; an own one of that name wins", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const { build } = await built(ben, "house");
    const house = await ask(ana, { wish: { kind: "cpu" } });
    expect(house.container).toMatchObject({ image: "house", buildId: null });
    const own = await ask(ben, { image: "house", wish: { kind: "cpu" } });
    expect(own.container).toMatchObject({ image: "house:latest", buildId: build.id });
  });

  test("a tag brings the exact build back, whatever latest is", async () => {
    const ana = await newMember();
    const first = await built(ana);
    await tagImage(world, { by: ana, name: "vision", tag: "exp-42" });
    await becomesReady(world, await update(world, ana, first.image.id, "scipy"));
    const { container } = await ask(ana, { image: "vision:exp-42" });
    await settled(world, container.id, "running");
    expect(await rowOf(container.id)).toMatchObject({
      image: "vision:exp-42",
      buildId: first.build.id,
      imageId: first.build.engineImageId,
    });
  });

  test.each([
    ["visoin", "no-image", /“?vision/],
    ["vision:exp-43", "no-tag", /exp-42/],
    ["nobody/vision", "no-image", /./],
    ["vision:a:b", "no-image", /./],
    ["../../etc", "no-image", /./],
  ])("%s is refused with what is near", async (image, reason, hint) => {
    const ana = await newMember();
    await built(ana);
    await tagImage(world, { by: ana, name: "vision", tag: "exp-42" });
    await expect(ask(ana, { image })).rejects.toMatchObject({
      reason,
      field: "image",
      hint: expect.stringMatching(hint),
    });
  });

  test("an image of which nothing could be built is refused, and changing it is offered", async () => {
    const ana = await newMember();
    const asked = await create(world, ana, "vision");
    await fails(world, asked);
    await expect(ask(ana, { image: "vision" })).rejects.toMatchObject({
      reason: "image-not-built",
      offers: expect.arrayContaining([{ kind: "update-image", imageId: asked.image.id }]),
    });
  });

  test("what is wrong with the image is told beside what else is wrong", async () => {
    const ana = await newMember();
    const refusal = await ask(ana, { image: "nothing", hours: 1000 }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ field: "hours", also: [expect.objectContaining({ field: "image" })] });
  });

  test("an image that the server lost: it is told how to get it back", async () => {
    const ana = await newMember();
    const { build } = await built(ana);
    await world.engine.removeImage(build.engineImageId!);
    const { container } = await ask(ana);
    const failed = await settled(world, container.id, "failed");
    expect(failed.container.outcome).toMatch(/not on the server any more.*build it again/);
  });
});

describe("a container whose image is being built", () => {
  test("waits for it, is passed over, and starts on that build", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const asked = await create(world, ana, "vision");
    const first = await ask(ana);
    expect(first.container).toMatchObject({
      state: "waiting",
      awaitsBuildId: asked.build.id,
      buildId: null,
      waitsFor: "Your image is being built.",
    });
    // The only GPU is free, and whoever comes later gets it.
    const second = await ask(ben);
    expect(second.container.state).toBe("starting");
    await settled(world, second.container.id, "running");
    await retire(world, { by: ben, which: { containerId: second.container.id } });
    const build = await becomesReady(world, asked);
    await settled(world, first.container.id, "running");
    expect(await rowOf(first.container.id)).toMatchObject({
      buildId: build.id,
      awaitsBuildId: null,
      imageId: build.engineImageId,
    });
    expect(await story(world, first.container.id)).toEqual(["asked", "image-ready", "granted", "running"]);
  });

  test.each(["failed", "cancelled"])("whose build is %s leaves the line and is told why", async (how) => {
    const ana = await newMember();
    const asked = await create(world, ana, "vision");
    const { container } = await ask(ana);
    if (how === "failed") await fails(world, asked);
    else await cancelBuild(world, { by: ana, buildId: asked.build.id });
    const { container: ended } = await settled(world, container.id, "retired");
    expect(ended.outcome).toMatch(how === "failed" ? /could not be built.*numpi/ : /was cancelled/);
  });

  test("and whose failed build has a newer one on its way waits for that", async () => {
    const ana = await newMember();
    const asked = await create(world, ana, "vision");
    const { container } = await ask(ana);
    const second = await update(world, ana, asked.image.id, "scipy");
    await fails(world, asked);
    expect(await rowOf(container.id)).toMatchObject({ state: "waiting", awaitsBuildId: second.build.id });
    await becomesReady(world, second);
    await settled(world, container.id, "running");
    expect((await rowOf(container.id)).buildId).toBe(second.build.id);
  });

  test("made with it in one request: image, build and container, or nothing", async () => {
    const ana = await newMember();
    const request = { by: ana, requestId: randomUUID(), project: "vision", newImage: wish("numpy") };
    const [one, two] = await Promise.all([deploy(world, request), deploy(world, request)]);
    expect(two.container.id).toBe(one.container.id);
    const [image] = await imagesOf(world, ana);
    expect(one.container).toMatchObject({ awaitsBuildId: image?.builds[0]?.id, image: "vision:latest" });
    await expect(ask(ana, { project: "speech", newImage: wish("-r x") })).rejects.toMatchObject({
      field: "pip",
    });
    await expect(ask(ana, { project: "audio", newImage: wish(), hours: 1000 })).rejects.toMatchObject({
      field: "hours",
    });
    expect(await imagesOf(world, ana)).toHaveLength(1);
  });

  test("with a framework: a plain image of the newest under the project's name", async () => {
    const ana = await newMember();
    await ask(ana, { framework: "python" });
    expect((await imageNamed(world, { by: ana, text: "vision" })).recipe.recipe).toMatchObject({
      base: { kind: "catalogue", name: "house" },
      pip: [],
    });
    await expect(ask(ana, { project: "speech", framework: "pythn" })).rejects.toMatchObject({
      reason: "unknown-framework",
    });
  });

  test("may leave the line; the build goes on", async () => {
    const ana = await newMember();
    const asked = await create(world, ana, "vision");
    const { container } = await ask(ana);
    await retire(world, { by: ana, which: { containerId: container.id } });
    await settled(world, container.id, "retired");
    expect((await becomesReady(world, asked)).state).toBe("ready");
    expect((await rowOf(container.id)).state).toBe("retired");
  });
});

describe("an update and who waits", () => {
  test("ready before the grant it counts, later it does not; a run after a stop stays on its build", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const first = await built(ana);
    const holder = await ask(ben);
    await settled(world, holder.container.id, "running");
    const { container } = await ask(ana);
    expect(container).toMatchObject({ state: "waiting", buildId: first.build.id });
    const second = await becomesReady(world, await update(world, ana, first.image.id, "scipy"));
    await retire(world, { by: ben, which: { containerId: holder.container.id } });
    await settled(world, container.id, "running");
    expect(await rowOf(container.id)).toMatchObject({ buildId: second.id, imageId: second.engineImageId });

    await becomesReady(world, await update(world, ana, first.image.id, "pandas"));
    expect((await onOlderBuild(world, ana)).map((view) => view.container.id)).toEqual([container.id]);
    await stop(world, { by: ana, which: { containerId: container.id } });
    await settled(world, container.id, "stopped");
    await run(world, { by: ana, which: { containerId: container.id } });
    await settled(world, container.id, "running");
    expect(await rowOf(container.id)).toMatchObject({ buildId: second.id, imageId: second.engineImageId });
  });

  test("at once: it runs on one of the two, and its row says which", async () => {
    const ana = await newMember();
    const first = await built(ana);
    const second = await update(world, ana, first.image.id, "scipy");
    const [{ container }, after] = await Promise.all([ask(ana), becomesReady(world, second)]);
    await settled(world, container.id, "running");
    const row = await rowOf(container.id);
    const stands = [first.build, after].find((build) => build.id === row.buildId);
    expect(row.imageId).toBe(stands?.engineImageId);
  });

  test("a failed one leaves everybody on what there was", async () => {
    const ana = await newMember();
    const first = await built(ana);
    const second = await update(world, ana, first.image.id, "scipy");
    const { container } = await ask(ana);
    await fails(world, second);
    await settled(world, container.id, "running");
    expect((await rowOf(container.id)).buildId).toBe(first.build.id);
    expect(await onOlderBuild(world, ana)).toEqual([]);
  });
});

describe("deleting what is used", () => {
  test("is refused while a container stands on it or waits, naming it; afterwards the build may go", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const { image, build } = await built(ana);
    await shareImage(world, { by: ana, imageId: image.id, withMemberId: ben.id });
    const own = await ask(ana);
    const theirs = await ask(ben, { image: `${ana.handle}/vision`, project: "speech" });
    expect(theirs.container).toMatchObject({ state: "waiting", buildId: build.id });
    const deleting = { by: ana, name: "vision", what: "image" } as const;
    await expect(deleteImage(world, deleting)).rejects.toMatchObject({
      reason: "image-in-use",
      message: expect.stringMatching(new RegExp(`your vision and speech of ${ben.handle}`)),
      offers: [{ kind: "retire", containerId: own.container.id }],
    });
    await retire(world, { by: ana, which: { containerId: own.container.id } });
    await settled(world, own.container.id, "retired");
    await expect(deleteImage(world, deleting)).rejects.toMatchObject({ reason: "image-in-use" });
    await settled(world, theirs.container.id, "running");
    await retire(world, { by: ben, which: { containerId: theirs.container.id } });
    await settled(world, theirs.container.id, "retired");
    await deleteImage(world, deleting);
    expect((await world.ledger.read(buildsToRemove)).map((one) => one.id)).toContain(build.id);
  });

  test("is refused while a request waits for its build", async () => {
    const ana = await newMember();
    await create(world, ana, "vision");
    await ask(ana);
    await expect(deleteImage(world, { by: ana, name: "vision", what: "image" })).rejects.toMatchObject({
      reason: "image-in-use",
      message: expect.stringContaining("your vision (waiting)"),
    });
  });

  test("an old build that is to go stays on the server as long as a container stands on it", async () => {
    const ana = await newMember();
    const { image, build } = await built(ana);
    const { container } = await ask(ana);
    await becomesReady(world, await update(world, ana, image.id, "scipy"));
    const isRemovable = async () =>
      (await world.ledger.read(buildsToRemove)).some(({ id }) => id === build.id);
    await world.ledger.transaction((tx) => wishRemoved(tx, [build.id], world.clock.now()));
    expect(await isRemovable()).toBe(false);
    await settled(world, container.id, "running");
    await retire(world, { by: ana, which: { containerId: container.id } });
    await settled(world, container.id, "retired");
    expect(await isRemovable()).toBe(true);
  });

  test("of a tag that a container was asked for by is refused; of another one not", async () => {
    const ana = await newMember();
    await built(ana);
    for (const tag of ["one", "two"]) await tagImage(world, { by: ana, name: "vision", tag });
    await ask(ana, { image: "vision:one" });
    await expect(deleteImage(world, { by: ana, name: "vision", what: { tag: "one" } })).rejects.toMatchObject(
      { reason: "image-in-use" },
    );
    const { builds } = await deleteImage(world, { by: ana, name: "vision", what: { tag: "two" } });
    expect(builds).toEqual([]);
  });

  test("∥ deploy: who is second is told, and nothing that is used goes", async () => {
    const ana = await newMember();
    const { build } = await built(ana);
    const [deleted, asked] = await Promise.allSettled([
      deleteImage(world, { by: ana, name: "vision", what: "image" }),
      ask(ana, { image: "vision" }),
    ]);
    const removable = (await world.ledger.read(buildsToRemove)).map((one) => one.id);
    if (asked.status === "fulfilled") {
      expect(reasonOf((deleted as PromiseRejectedResult).reason)).toBe("image-in-use");
      expect(removable).not.toContain(build.id);
    } else {
      expect(reasonOf(asked.reason)).toBe("no-image");
      expect(removable).toContain(build.id);
    }
  });
});

describe("a shared image", () => {
  test("is deployed by its owner's name; what runs goes on when sharing ends, what waits does not", async () => {
    const [ana, ben, chloe] = [await newMember(), await newMember(), await newMember()];
    const { image, build } = await built(ana);
    for (const other of [ben, chloe])
      await shareImage(world, { by: ana, imageId: image.id, withMemberId: other.id });
    const text = `${ana.handle}/vision`;
    const runs = await ask(ben, { image: text, project: "speech" });
    expect(runs.container).toMatchObject({ image: `${text}:latest`, buildId: build.id });
    await settled(world, runs.container.id, "running");
    const waits = await ask(chloe, { image: text, project: "speech" });
    expect(waits.container.state).toBe("waiting");
    for (const other of [ben, chloe])
      await unshareImage(world, { by: ana, imageId: image.id, withMemberId: other.id });
    const { container } = await settled(world, waits.container.id, "retired");
    expect(container.outcome).toMatch(/no longer shares/);
    expect((await rowOf(runs.container.id)).state).toBe("running");
    await stop(world, { by: ben, which: { containerId: runs.container.id } });
    await settled(world, runs.container.id, "stopped");
    await run(world, { by: ben, which: { containerId: runs.container.id } });
    await settled(world, runs.container.id, "running");
  });

  test("end of sharing ∥ deploy: it is judged once, and never starts without leave", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const { image } = await built(ana);
    await shareImage(world, { by: ana, imageId: image.id, withMemberId: ben.id });
    const [, asked] = await Promise.allSettled([
      unshareImage(world, { by: ana, imageId: image.id, withMemberId: ben.id }),
      ask(ben, { image: `${ana.handle}/vision`, project: "speech" }),
    ]);
    if (asked.status === "rejected") expect(reasonOf(asked.reason)).toBe("no-image");
    else await settled(world, asked.value.container.id, "running");
  });
});

test("two builds of one project at once: each keeps its own image, latest is the newer", async () => {
  const ana = await newMember();
  const first = await create(world, ana, "vision", "numpy");
  const second = await update(world, ana, first.image.id, "scipy");
  const [one, two] = await Promise.all([becomesReady(world, first), becomesReady(world, second)]);
  expect(one.engineImageId).not.toBe(two.engineImageId);
  expect((await imageNamed(world, { by: ana, text: "vision" })).build?.id).toBe(second.build.id);
  expect((await buildNow(world, first.build.id)).state).toBe("ready");
});
