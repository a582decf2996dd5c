import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import type { BuildOrder } from "../../src/engine/build.ts";
import { Refusal } from "../../src/errors.ts";
import { logOf } from "../../src/images/build/log.ts";
import { refuseWithoutRoom } from "../../src/images/build/room.ts";
import { cancelBuild } from "../../src/images/cancel.ts";
import { parseCatalogue } from "../../src/images/catalogue.ts";
import { createImage } from "../../src/images/create.ts";
import { deleteImage } from "../../src/images/delete.ts";
import { fetching, fetchNow, rowNamed } from "../../src/images/fetch.ts";
import { buildAgain } from "../../src/images/update.ts";
import { makeBuilds } from "../../src/jobs/make-builds.ts";
import { trimBuildLogs } from "../../src/jobs/trim-build-logs.ts";
import { outbox } from "../../src/ledger/bot-tables.ts";
import { events } from "../../src/ledger/event-table.ts";
import { imageById } from "../../src/ledger/queries/images.ts";
import { insertProject } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { life } from "../chaos/mortal.ts";
import { ready, settled } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld, testImage } from "../support/memory-world.ts";
import { allEnded, leavesLists, leftovers, newsOf, rowOf } from "./engine-room.ts";
import { create, imageStory, update } from "./steps.ts";

let database: TestDatabase;
let world: MemoryWorld;
let count = 0;
let ana: ActiveMember;
let clock: JumpingClock;
const never = new AbortController().signal;

const begin = async (more: Parameters<typeof memoryWorld>[1] = {}) => {
  world = await memoryWorld(database.url, { gpus: 1, engine: leavesLists, clock, ...more });
  count += 1;
  ana = await world.member(`user${count}`);
};
const start = () => world.start(makeBuilds());

beforeEach(async () => {
  clock = jumpingClock();
  database = await freshDatabase();
});
afterEach(async () => {
  if (world) expect(await leftovers(world)).toEqual([]);
  await world?.end();
  await database?.drop();
});

describe("a build that goes well", () => {
  test("is queued, built, ready; its row, its image and its messages say so", async () => {
    await begin();
    world.engine.now.build({ prints: (step) => `says step ${step}\n` });
    const asked = await create(world, ana, "vision", "numpy<2");
    expect(await rowOf(world, asked)).toMatchObject({ state: "queued", attempt: 1 });
    start();
    await allEnded(world);
    const row = await rowOf(world, asked);
    expect(row).toMatchObject({
      state: "ready",
      attempt: 1,
      waitsFor: null,
      failure: null,
      dockerfile: expect.stringMatching(/^FROM berth-base:[0-9a-f]{12}$/m),
      contents: expect.objectContaining({ pip: expect.any(Array) }),
    });
    const made = world.engine.imageNamed(row.engineImageId ?? "");
    expect(made).toMatchObject({
      refs: [`ds01-${ana.handle}/vision:build-${row.id}`, `ds01-${ana.handle}/vision:latest`],
      labels: {
        "berth.instance": "test",
        "berth.image": String(asked.image.id),
        "berth.build": String(row.id),
      },
      sizeBytes: row.sizeBytes,
    });
    expect(world.engine.imageNamed(`berth-base:${row.baseImageId?.slice(7, 19)}`)?.id).toBe(row.baseImageId);
    expect((await world.ledger.read((tx) => imageById(tx, asked.image.id)))?.latestBuildId).toBe(row.id);
    expect(await newsOf(world, row.id)).toEqual(["build", "built"]);
    expect(await imageStory(world, asked.image.id)).toEqual(["build-asked", "build-ready"]);
    expect(await logOf(world, row.id)).toContain("says step");
    expect(await logOf(world, row.id)).not.toContain("--mount");
  });
});

test("the same again within a day comes from the cache; later everything is fetched anew", async () => {
  const caches: (boolean | undefined)[] = [];
  const notes = (order: BuildOrder) => void (isImage(order) && caches.push(order.noCache));
  const read: string[] = [];
  await begin({
    engine: { ...leavesLists, onBuild: notes },
    node: (node) => ({
      ...node,
      engine: {
        ...node.engine,
        readFiles: (imageId, paths) => {
          read.push(...paths);
          return node.engine.readFiles(imageId, paths);
        },
      },
    }),
  });
  const asked = await create(world, ana, "vision", "numpy");
  start();
  await allEnded(world);
  const again = () => buildAgain(world, { by: ana, requestId: randomUUID(), imageId: asked.image.id });
  const first = await rowOf(world, asked);
  const second = await again();
  await allEnded(world);
  // Of the same files it is known already what they are.
  expect(read).toEqual(["/etc/berth/base.txt", "/etc/berth/image.txt"]);
  expect((await rowOf(world, second)).contents).toEqual(first.contents);
  clock.jump(25 * 3_600_000);
  await again();
  await allEnded(world);
  expect(caches).toEqual([undefined, undefined, true]);
});

describe("the queue", () => {
  test("goes in order, one at a time; whoever waits is told why", async () => {
    await begin();
    const gate = Promise.withResolvers<void>();
    world.engine.now.build({ of: isImage, beforeStep: () => gate.promise });
    const first = await create(world, ana, "vision");
    const second = await create(world, ana, "speech");
    const again = await update(world, ana, first.image.id, "scipy");
    start();
    await world.until(async () => (await rowOf(world, again)).waitsFor ?? false, "the third is told why");
    expect((await rowOf(world, first)).state).toBe("building");
    expect(await rowOf(world, second)).toMatchObject({ state: "queued", waitsFor: "1 build is before it." });
    expect((await rowOf(world, again)).waitsFor).toMatch(/when the build of “vision” before it has ended/);
    gate.resolve();
    await allEnded(world);
    const ended = await Promise.all([first, second, again].map((one) => rowOf(world, one)));
    expect(ended.map(({ state }) => state)).toEqual(["ready", "ready", "ready"]);
    const [a = 0, b = 0, c = 0] = ended.map(({ endedAt }) => endedAt?.getTime());
    expect(a <= b && b <= c).toBe(true);
    expect((await world.ledger.read((tx) => imageById(tx, first.image.id)))?.latestBuildId).toBe(
      again.build.id,
    );
  });

  test("two of one image never at once, also where several may be built", async () => {
    await begin({ policy: "enrol: open\nbuilds: { at_once: 3 }" });
    const gate = Promise.withResolvers<void>();
    world.engine.now.build({ of: isImage, times: 2, beforeStep: () => gate.promise });
    const first = await create(world, ana, "vision");
    const again = await update(world, ana, first.image.id, "scipy");
    const other = await create(world, ana, "speech");
    start();
    await world.until(async () => (await rowOf(world, other)).state === "building", "the other is built");
    expect((await rowOf(world, again)).state).toBe("queued");
    gate.resolve();
    await allEnded(world);
  });

  test("the progress is in the row while it is built", async () => {
    await begin();
    const gate = Promise.withResolvers<void>();
    world.engine.now.build({
      of: isImage,
      steps: [
        "[1/3] FROM berth-base:0",
        "[2/3] RUN --mount=type=bind,source=apt-set-always,target=/run/berth     apt-get install",
        "[3/3] RUN --mount=type=bind,source=pip-own,target=/run/berth     pip",
      ],
      beforeStep: (step) => (step === 3 ? gate.promise : undefined),
    });
    const asked = await create(world, ana, "vision");
    start();
    await world.until(async () => {
      clock.jump(2000);
      return (await rowOf(world, asked)).progress?.steps.at(-1)?.name === "Your Python packages";
    }, "the third step is told");
    const { progress } = await rowOf(world, asked);
    expect(progress?.of).toBe(4);
    expect(progress?.steps.map(({ name }) => name)).toEqual([
      "Looking at the base",
      "The base",
      "System packages: always",
      "Your Python packages",
    ]);
    gate.resolve();
    await allEnded(world);
    const after = (await rowOf(world, asked)).progress;
    expect(after?.steps.map(({ name }) => name).at(-1)).toBe("Reading what is in it");
    expect(after?.steps.filter(({ seconds }) => seconds === null)).toEqual([]);
  });
});

describe("a build that does not go well", () => {
  test.each([
    [
      "a step that fails",
      { failAt: { step: 3, error: "E: Unable to locate package gitt" } },
      /no Debian or Ubuntu package called “gitt”/,
    ],
    ["a stream that ends in an error", { errorDetail: "no space left on device" }, /disk was full/],
  ])("%s ends in one sentence, the last lines and a clean engine", async (_what, script, because) => {
    await begin();
    world.engine.now.build({ of: isImage, prints: () => "one\n\u001b[31mtwo\u001b[0m\n", ...script });
    world.host.diskFree(10);
    const asked = await create(world, ana, "vision");
    start();
    await ready(world);
    const { container } = await deploy(world, { by: ana, requestId: "waits", project: "vision" });
    world.host.diskFree(90);
    clock.jump(5000);
    await allEnded(world);
    const row = await rowOf(world, asked);
    expect(row).toMatchObject({ state: "failed", engineImageId: null });
    expect(row.failure?.because).toMatch(because);
    expect(row.failure?.tail).toEqual(expect.arrayContaining(["one", "two"]));
    expect(row.failure?.tail.length).toBeLessThanOrEqual(30);
    expect(await newsOf(world, row.id)).toEqual(["build", "built"]);
    const view = await settled(world, container.id, "retired");
    expect(view.container.outcome).toMatch(because);
  });

  test("a failed update leaves latest where it was, and the same again may go well", async () => {
    await begin();
    const first = await create(world, ana, "vision");
    start();
    await allEnded(world);
    world.engine.now.build({ of: isImage, failAt: { step: 1, error: "broken" } });
    const again = await update(world, ana, first.image.id, "scipy");
    await allEnded(world);
    expect((await rowOf(world, again)).state).toBe("failed");
    expect((await world.ledger.read((tx) => imageById(tx, first.image.id)))?.latestBuildId).toBe(
      first.build.id,
    );
    const third = await buildAgain(world, { by: ana, requestId: "again", imageId: first.image.id });
    await allEnded(world);
    expect((await rowOf(world, third)).state).toBe("ready");
  });

  test("a build that takes longer than its limit is ended and says so", async () => {
    await begin();
    world.engine.now.build({ of: isImage, hangAt: 2 });
    const asked = await create(world, ana, "vision");
    start();
    await world.until(async () => world.engine.building().some(isImage), "the engine builds");
    clock.jump(44 * 60_000);
    expect((await rowOf(world, asked)).state).toBe("building");
    clock.jump(2 * 60_000);
    await allEnded(world);
    expect((await rowOf(world, asked)).failure?.because).toMatch(/longer than 45 minutes/);
  });

  test("what the engine refuses, and what is a fault of ours, is told without its words", async () => {
    await begin();
    world.engine.now.trouble({ verb: "build", when: "before", error: "refused" });
    const asked = await create(world, ana, "vision");
    start();
    await allEnded(world);
    expect((await rowOf(world, asked)).failure?.because).toMatch(/Something went wrong on the server/);
  });

  test("a log that can't be written is no reason against the image", async () => {
    await begin();
    await writeFile(join(world.settings.stateDir, "build-logs"), "in the way");
    const asked = await create(world, ana, "vision");
    start();
    await allEnded(world);
    expect((await rowOf(world, asked)).state).toBe("ready");
    await rm(join(world.settings.stateDir, "build-logs"));
  });
});

describe("room on the disk", () => {
  test("below the first floor builds wait, say why, and begin when there is room", async () => {
    await begin();
    world.host.diskFree(12);
    const asked = await create(world, ana, "vision");
    start();
    await world.until(async () => (await rowOf(world, asked)).waitsFor ?? false, "it is told why");
    expect(await rowOf(world, asked)).toMatchObject({
      state: "queued",
      waitsFor:
        "The server's disk is too full to build: 12 % are free, 15 % must be. It begins by itself when there is room.",
    });
    world.host.diskFree(40);
    clock.jump(5000);
    await allEnded(world);
    expect((await rowOf(world, asked)).state).toBe("ready");
  });

  test("below the second nothing is asked for any more", async () => {
    await begin();
    world.host.diskFree(4);
    await expect(refuseWithoutRoom(world)).rejects.toThrow(Refusal);
    await expect(create(world, ana, "vision")).rejects.toMatchObject({ reason: "disk-full" });
    world.host.diskFree(5);
    await refuseWithoutRoom(world);
    world.host.diskFree(4);
    world.engine.now.silent(true);
    await refuseWithoutRoom(world);
    world.engine.now.silent(false);
  });

  test("a disk that fills while it is built ends the build", async () => {
    await begin();
    world.engine.now.build({ of: isImage, hangAt: 2 });
    const asked = await create(world, ana, "vision");
    start();
    await world.until(async () => world.engine.building().some(isImage), "the engine builds");
    world.host.diskFree(3);
    clock.jump(15_000);
    await allEnded(world);
    expect((await rowOf(world, asked)).failure?.because).toMatch(
      /too full while it was built \(3 % are free\)/,
    );
  });
});

describe("cancel", () => {
  test("at every step of the way ends cancelled, with a clean engine", { timeout: 120_000 }, async () => {
    let verbs = 0;
    let cancelAt = Number.POSITIVE_INFINITY;
    let cancel = async () => {};
    const hooks = {
      before: async () => {
        verbs += 1;
        if (verbs === cancelAt) await cancel();
      },
    };
    await begin({ hooks });
    const whole = await create(world, ana, "whole");
    const makes = makeBuilds();
    verbs = 0;
    world.start(makes);
    await allEnded(world);
    expect((await rowOf(world, whole)).state).toBe("ready");
    await world.stop();
    const most = verbs;
    expect(most).toBeGreaterThan(8);
    for (cancelAt = 1; cancelAt <= most; cancelAt++) {
      const by = await world.member(`c${cancelAt}x${count}`);
      const asked = await create(world, by, "vision", `numpy==${cancelAt}`);
      cancel = async () => void (await cancelBuild(world, { by, buildId: asked.build.id }).catch(refusals));
      verbs = 0;
      world.start(makeBuilds());
      await allEnded(world);
      await world.stop();
      const row = await rowOf(world, asked);
      // After its end there was nothing to cancel.
      if (row.state !== "cancelled")
        expect(row, `cancelled at ${cancelAt}`).toMatchObject({ state: "ready", cancelWished: false });
      else expect((await newsOf(world, row.id)).at(-1)).toBe("built");
      expect(await leftovers(world), `cancelled at ${cancelAt}`).toEqual([]);
    }
  });

  test("of one that hangs in a step, and of one that waits", async () => {
    await begin();
    world.engine.now.build({ of: isImage, hangAt: 2 });
    const hangs = await create(world, ana, "vision");
    const waits = await create(world, ana, "speech");
    start();
    await ready(world);
    const { container } = await deploy(world, { by: ana, requestId: "waits", project: "vision" });
    await world.until(async () => world.engine.building().some(isImage), "the engine builds");
    await expect(deleteImage(world, { by: ana, name: "vision", what: "image" })).rejects.toThrow(Refusal);
    await cancelBuild(world, { by: ana, buildId: waits.build.id });
    await cancelBuild(world, { by: ana, buildId: hangs.build.id });
    await allEnded(world);
    expect((await rowOf(world, hangs)).state).toBe("cancelled");
    expect((await rowOf(world, waits)).state).toBe("cancelled");
    expect((await settled(world, container.id, "retired")).container.outcome).toMatch(/was cancelled/);
    await deleteImage(world, { by: ana, name: "vision", what: "image" });
  });
});

describe("cut off", () => {
  test("by a silent engine: it waits for it, says so, and begins again", async () => {
    await begin();
    world.engine.now.build({ of: isImage, hangAt: 2 });
    const asked = await create(world, ana, "vision");
    start();
    await world.until(async () => world.engine.building().some(isImage), "the engine builds");
    world.engine.now.silent(true);
    await world.until(
      async () => (await rowOf(world, asked)).waitsFor?.match(/does not answer/),
      "it says so",
    );
    expect(await rowOf(world, asked)).toMatchObject({ state: "queued", attempt: 2 });
    world.engine.now.silent(false);
    clock.jump(5000);
    await allEnded(world);
    expect(await rowOf(world, asked)).toMatchObject({ state: "ready", attempt: 2, waitsFor: null });
    expect(await logOf(world, asked.build.id)).toContain("attempt 2");
    expect(await imageStory(world, asked.image.id)).toEqual(["build-asked", "build-cut-off", "build-ready"]);
  });

  test("too often: it failed, and is not tried for ever", async () => {
    await begin();
    world.engine.now.build({ of: isImage, silentAt: 2, times: 10 });
    const asked = await create(world, ana, "vision");
    start();
    await allEnded(world);
    expect(await rowOf(world, asked)).toMatchObject({
      state: "failed",
      failure: { because: expect.stringMatching(/cut off 3 times/) },
    });
  });

  test("with a wish to cancel it: the next one cancels it", async () => {
    await begin();
    world.engine.now.build({ of: isImage, hangAt: 2 });
    const asked = await create(world, ana, "vision");
    start();
    await world.until(async () => world.engine.building().some(isImage), "the engine builds");
    await world.stop();
    await cancelBuild(world, { by: ana, buildId: asked.build.id });
    start();
    await allEnded(world);
    expect((await rowOf(world, asked)).state).toBe("cancelled");
  });

  test("by the death of the bot, at whatever step: another one goes on, and all is as if nobody had died", {
    timeout: 240_000,
  }, async () => {
    const machine = await memoryWorld(database.url, {
      checkEpoch: false,
      gpus: 1,
      engine: leavesLists,
      clock,
    });
    const live = async (dieAt?: number) => {
      const mind = life();
      const first = await memoryWorld(database.url, { share: machine, node: mind.node, ledger: mind.ledger });
      count += 1;
      const by = await first.member(`user${count}`);
      const asked = await create(first, by, "vision", `numpy==${count}`);
      mind.arm(dieAt);
      // Only this job: its steps are the same each time.
      const job = makeBuilds();
      const living = (async () => {
        while ((await rowOf(machine, asked)).endedAt === null) {
          await job.run(first, never);
          await clock.sleep(5);
        }
        await clock.sleep(50);
      })().catch(() => {});
      await Promise.race([living, mind.death]);
      first.die();
      const second = await memoryWorld(database.url, { share: machine });
      second.start(makeBuilds());
      await allEnded(second);
      const row = await rowOf(second, asked);
      const seen = {
        state: row.state,
        wrong: await leftovers(second),
        told: (await newsOf(second, row.id)).at(-1),
      };
      await second.end();
      return { seen, row, steps: mind.steps };
    };
    const whole = await live();
    const expected = { state: "ready", wrong: [], told: "built" };
    expect(whole.seen).toEqual(expected);
    const most = whole.steps.length;
    expect(most).toBeGreaterThan(20);
    for (let at = 0; at < most; at++) {
      const { seen, row, steps } = await live(at);
      expect(seen, `killed at step ${at}, ${steps.at(-1)}`).toEqual(expected);
      expect(row.attempt, `killed at step ${at}`).toBeLessThanOrEqual(2);
    }
    world = machine;
  });
});

describe("a base that must be fetched", () => {
  const ref = "registry.example.org:5000/lab/torch:2.8";
  const row = parseCatalogue(`
images:
  - { name: far, framework: PyTorch, version: "2.8.0", image: "${ref}", house: true }
`);
  const far = () =>
    createImage(
      { ...world, catalogue: row },
      {
        by: ana,
        requestId: randomUUID(),
        name: "vision",
        wish: { base: { catalogue: "far" }, sets: [], pip: "", apt: "" },
      },
    );

  const itsLogin = { "registry.example.org:5000": { username: "lab", password: "s3cret" } };

  /** A bot that knows the logins of two registries; what it hands to its engine, fetch by fetch. */
  async function withLogins(): Promise<unknown[]> {
    const handed: unknown[] = [];
    await begin({
      catalogue: row,
      policy: "enrol: open\ndefaults: { memory_gib: 1, cpus: 1, shm_gib: 0.5 }",
      engine: { ...leavesLists, pullable: [ref] },
      node: (node) => ({
        ...node,
        engine: {
          ...node.engine,
          pull: (one, onProgress, signal, logins) => {
            handed.push(logins);
            return node.engine.pull(one, onProgress, signal, logins);
          },
        },
      }),
    });
    const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });
    const file = join(world.settings.stateDir, "config.json");
    const auths = { "registry.example.org:5000": auth("lab:s3cret"), "nvcr.io": auth("other:0ther") };
    await writeFile(file, JSON.stringify({ auths }));
    Object.assign(world.settings, { registryAuth: file });
    return handed;
  }

  test("is fetched with the login of its registry and no other; that stands in no row, log or message", async () => {
    const handed = await withLogins();
    const asked = await far();
    start();
    await allEnded(world);
    expect((await rowOf(world, asked)).state).toBe("ready");
    expect(handed).toEqual([itsLogin]);
    const written = [
      JSON.stringify(
        await world.ledger.read(async (tx) => [
          await tx.select().from(outbox),
          await tx.select().from(events),
        ]),
      ),
      JSON.stringify(await rowOf(world, asked)),
      await logOf(world, asked.build.id),
    ].join();
    expect(written).not.toMatch(/s3cret|0ther/);
  });

  test("with the same login by an admin's word, and for a container that is made from it as it is", async () => {
    const handed = await withLogins();
    fetchNow(world, rowNamed(row, "far"), ana);
    await world.until(async () => handed.length === 1 && fetching(world.node).size === 0, "it is fetched");
    world.engine.now.image(ref, false);
    start();
    await ready(world);
    const { container } = await deploy(world, {
      by: ana,
      requestId: randomUUID(),
      project: "vision",
      wish: { kind: "cpu" },
      image: "far",
    });
    await settled(world, container.id, "running");
    expect(handed).toEqual([itsLogin, itsLogin]);
  });

  test("and is not in its registry: said in words, without the registry's own", async () => {
    await begin();
    const asked = await far();
    start();
    await allEnded(world);
    expect((await rowOf(world, asked)).failure?.because).toBe(
      `The base image ${ref} is not in its registry, or the server may not fetch it. Take another, or ask an admin.`,
    );
  });

  test("from a registry that does not answer: tried some times, then said", async () => {
    await begin({ engine: { ...leavesLists, pullable: [ref] } });
    world.engine.now.trouble({ verb: "pull", when: "before", error: "silent", times: 3 });
    const asked = await far();
    start();
    await world.until(async () => {
      clock.jump(30_000);
      return (await rowOf(world, asked)).state === "failed";
    }, "it is given up");
    expect(await rowOf(world, asked)).toMatchObject({
      attempt: 1,
      failure: { because: expect.stringMatching(/registry registry.example.org:5000 does not answer/) },
    });
  });

  test("with logins that can't be read: it is tried without, and the operator reads why", async () => {
    await begin({ engine: { ...leavesLists, pullable: [ref] } });
    Object.assign(world.settings, { registryAuth: join(world.settings.stateDir, "nothing") });
    const asked = await far();
    start();
    await allEnded(world);
    expect((await rowOf(world, asked)).state).toBe("ready");
  });
});

describe("a member's own Dockerfile", () => {
  const wish = (dockerfile: string, context: boolean) => ({
    by: ana,
    requestId: randomUUID(),
    name: "vision",
    wish: { base: { dockerfile, context }, sets: [], pip: "numpy", apt: "" },
  });
  const seen: BuildOrder[] = [];
  const remembers = { ...leavesLists, onBuild: (order: BuildOrder) => void seen.push(order) };

  test("is built first, as it is, and what it makes is the base of the rest", async () => {
    await begin({ engine: remembers });
    seen.length = 0;
    const asked = await createImage(world, wish(`FROM ${testImage}\nRUN make\n`, false));
    start();
    await allEnded(world);
    const row = await rowOf(world, asked);
    expect(row.failure).toBeNull();
    expect(
      seen.map(({ dockerfile }) => /^FROM (.*)$/m.exec(dockerfile)?.[1]?.replace(/[0-9a-f]{12}$/, "…")),
    ).toEqual([testImage, "berth-base:…", "berth-base:…"]);
    expect(seen[0]?.files.size).toBe(0);
    expect(seen[0]?.context).toBeUndefined();
    expect(world.engine.imageNamed(row.baseImageId ?? "")?.refs).toEqual([
      `berth-base:${row.baseImageId?.slice(7, 19)}`,
    ]);
  });

  test("is judged again when it is built: what is no longer allowed then is not built", async () => {
    await begin({ engine: remembers });
    const asked = await createImage(world, wish(`FROM ${testImage}\n`, false));
    const kept = world.catalogue.images;
    Object.assign(world.policy, { registries: [] });
    Object.assign(world.catalogue, { images: [] });
    start();
    await allEnded(world);
    expect((await rowOf(world, asked)).failure?.because).toMatch(
      /^The Dockerfile is not allowed here: line 1: /,
    );
    Object.assign(world.catalogue, { images: kept });
  });

  test("that copies gets its project's folder, and a folder that is too large is said", async () => {
    await begin({ engine: remembers });
    seen.length = 0;
    const folder = `/srv/berth/${ana.handle}/vision`;
    await world.ledger.write((tx) =>
      insertProject(tx, {
        memberId: ana.id,
        name: "vision",
        aliasId: `alias${count}`,
        workspacePath: folder,
        createdAt: clock.now(),
      }),
    );
    world.host.put(folder, new Map([["train.py", "print()"]]));
    const asked = await createImage(world, wish(`FROM ${testImage}\nCOPY . /app\n`, true));
    start();
    await allEnded(world);
    expect((await rowOf(world, asked)).failure).toBeNull();
    expect(seen[0]?.context).toBeDefined();
    expect(seen.slice(1).every(({ context }) => context === undefined)).toBe(true);
    const written = await world.until(
      async () => world.host.filesOf(folder).has(".berth/image/Dockerfile") && world.host.filesOf(folder),
      "the Dockerfile is in the folder",
    );
    expect(written.get(".berth/image/Dockerfile")).toBe((await rowOf(world, asked)).dockerfile);
    expect(written.get(".berth/image/Dockerfile.base")).toContain("COPY . /app");

    world.host.put(folder, new Map([...Array(20_001).keys()].map((n) => [`f${n}`, ""])));
    const again = await buildAgain(world, { by: ana, requestId: randomUUID(), imageId: asked.image.id });
    await allEnded(world);
    expect((await rowOf(world, again)).failure?.because).toBe("The project's folder is too large.");
  });
});

test("a folder that grows beyond the limit while it is read ends the build in its words", async () => {
  await begin({
    node: (node) => ({
      ...node,
      host: {
        ...node.host,
        buildContext: async () => ({
          is: "context",
          files: 1,
          bytes: 1,
          tar: () => Readable.from([]),
          problem: () => "The project's folder grew while the image was built.",
        }),
      },
      engine: {
        ...node.engine,
        build: (order, ...more) =>
          order.context ? Promise.reject(new Error("cut off")) : node.engine.build(order, ...more),
      },
    }),
  });
  const workspacePath = `/srv/berth/${ana.handle}/vision`;
  const project = { memberId: ana.id, name: "vision", aliasId: `alias${count}`, workspacePath };
  await world.ledger.write((tx) => insertProject(tx, { ...project, createdAt: clock.now() }));
  const base = { dockerfile: `FROM ${testImage}\nCOPY . /app\n`, context: true };
  const wish = { base, sets: [], pip: "", apt: "" };
  const asked = await createImage(world, { by: ana, requestId: randomUUID(), name: "vision", wish });
  start();
  await allEnded(world);
  expect((await rowOf(world, asked)).failure?.because).toBe(
    "The project's folder grew while the image was built.",
  );
});

describe("the log", () => {
  test("is its operator's alone, without passwords, and goes after 30 days", async () => {
    await begin();
    world.engine.now.build({
      of: isImage,
      prints: () => "Looking in https://ana:s3cret@index.example.org/simple\n",
    });
    const asked = await create(world, ana, "vision");
    start();
    await allEnded(world);
    const path = join(world.settings.stateDir, "build-logs", `${asked.build.id}.log`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, ".."))).mode & 0o777).toBe(0o700);
    expect(await readFile(path, "utf8")).toContain("https://[hidden]@index.example.org");
    expect(await readFile(path, "utf8")).not.toContain("s3cret");
    await trimBuildLogs.run(world, never);
    expect(await readdir(join(path, ".."))).toHaveLength(1);
    const old = new Date(clock.now().getTime() - 31 * 24 * 3_600_000);
    await utimes(path, old, old);
    await trimBuildLogs.run(world, never);
    expect(await logOf(world, asked.build.id)).toBeUndefined();
  });

  test("of a build that prints without end is cut", async () => {
    await begin();
    const line = `${"x".repeat(1023)}\n`;
    world.engine.now.build({ of: isImage, prints: () => line.repeat(15_000) });
    const asked = await create(world, ana, "vision");
    start();
    await allEnded(world);
    const log = (await logOf(world, asked.build.id)) ?? "";
    expect(log.length).toBeLessThan(21 * 1024 ** 2);
    expect(log).toMatch(/too long/);
  });
});

const isImage = (order: { labels: Record<string, string> }) => "berth.build" in order.labels;

function refusals(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}
