import { afterEach, describe, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView } from "../../src/containers/list.ts";
import { resumeWithOne } from "../../src/containers/resume-with-one.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { carriedRef } from "../../src/images/carried.ts";
import { prune } from "../../src/images/disk/prune.ts";
import type { ActiveMember, Wish } from "../../src/ledger/schema.ts";
import { freshDatabase } from "../support/database.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld, testImage } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { ready, settled, story, told } from "./steps.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const gib = 2 ** 30;
const project = { project: "vision" };
const name = "vision._.ana";

type Lab = {
  world: MemoryWorld;
  ana: ActiveMember;
  ben: ActiveMember;
  clock: ReturnType<typeof jumpingClock>;
};

async function lab(
  options: { gpus?: number; engine?: NonNullable<Parameters<typeof memoryWorld>[1]>["engine"] } = {},
): Promise<Lab> {
  const database = await freshDatabase();
  closing.push(database.drop);
  const clock = jumpingClock();
  const world = await memoryWorld(database.url, {
    gpus: options.gpus ?? 2,
    clock,
    ...(options.engine ? { engine: options.engine } : {}),
  });
  closing.push(world.end);
  world.start();
  await ready(world);
  return { world, clock, ana: await world.member("ana"), ben: await world.member("ben") };
}

async function runs(world: MemoryWorld, by: ActiveMember, wish?: Wish): Promise<number> {
  const requestId = `of-${by.handle}-${Math.random()}`;
  const { container } = await deploy(world, { by, requestId, ...project, ...(wish ? { wish } : {}) });
  await settled(world, container.id, "running");
  return container.id;
}

async function rests(world: MemoryWorld, by: ActiveMember, id: number): Promise<void> {
  await stop(world, { by, which: project });
  await settled(world, id, "stopped");
  await freeGpu(world, { by, which: project });
  await world.until(async () => (await containerView(world, id))?.devices.length === 0, "its GPU to be free");
}

/** Ana's has written so much, is stopped, and Ben has its GPU. */
async function itsGpuIsBens({ world, ana, ben }: Lab, bytes: number): Promise<{ id: number; bens: number }> {
  const id = await runs(world, ana);
  world.engine.now.wrote(name, bytes);
  await rests(world, ana, id);
  return { id, bens: await runs(world, ben) };
}

const made = (world: MemoryWorld) => world.engine.inspect(name);
const carried = (world: MemoryWorld, id: number) => world.engine.imageNamed(carriedRef("test", id));
const baseBytes = (world: MemoryWorld) => world.engine.imageNamed(testImage)?.sizeBytes ?? 0;
const containersOf = ({ engine }: MemoryWorld, named: string) =>
  engine.saved().containers.filter((one) => one.name.startsWith(named));

async function lastNote(world: MemoryWorld, { slackUserId }: ActiveMember) {
  const note = (await told(world, slackUserId)).findLast((news) => news.kind === "note");
  return note?.kind === "note" ? note : undefined;
}

async function inLayer(world: MemoryWorld): Promise<number> {
  const found = await made(world);
  const written = await world.engine.layerBytes(found?.id ?? "");
  return typeof written === "number" ? written : -1;
}

describe("run again on another GPU", () => {
  test("it has all that was changed in it, and the same port, labels, mounts and host name", async () => {
    const here = await lab();
    const { world, ana } = here;
    const { id } = await itsGpuIsBens(here, 3 * gib);
    const before = containersOf(world, name)[0];
    await run(world, { by: ana, which: project });
    const after = await settled(world, id, "running");
    const now = containersOf(world, name);
    expect(now).toHaveLength(1);
    expect(now[0]?.devices).toEqual(after.devices.map((device) => device.id));
    expect(now[0]?.devices).not.toEqual(before?.devices);
    expect(carried(world, id)).toMatchObject({
      id: now[0]?.imageId,
      sizeBytes: baseBytes(world) + 3 * gib,
      labels: { "berth.resume.bytes": String(3 * gib) },
    });
    for (const same of ["ssh", "mounts", "hostName", "env", "memoryBytes", "cpus", "sudo"] as const)
      expect(now[0]?.spec?.[same]).toEqual(before?.spec?.[same]);
    const changed = ["berth.run", "berth.devices", "berth.granted_at", "berth.since"];
    const kept = Object.entries(before?.labels ?? {}).filter(([label]) => !changed.includes(label));
    expect(now[0]?.labels).toMatchObject(Object.fromEntries(kept));
    // What is installed by hand is told from since when it was first there.
    expect(now[0]?.labels["berth.since"]).toBe(before?.createdAt);
    await settledAndSound(world);
  });

  test("while its own is free it gets that, and nothing is carried", async () => {
    const { world, ana } = await lab();
    const id = await runs(world, ana);
    const before = await made(world);
    await rests(world, ana, id);
    await run(world, { by: ana, which: project });
    await settled(world, id, "running");
    expect((await made(world))?.id).toBe(before?.id);
    expect(carried(world, id)).toBeUndefined();
  });

  test("the device it held was seen empty before anybody else had it", async () => {
    const { world, ana, ben } = await lab({ gpus: 1 });
    const id = await runs(world, ana);
    const found = await made(world);
    const pid = world.host.compute(world.host.deviceIds()[0] ?? "", { containerId: found?.id ?? "" });
    await stop(world, { by: ana, which: project, frees: true });
    const bens = await deploy(world, { by: ben, requestId: "bens", ...project });
    await world.until(
      async () => (await containerView(world, id))?.container.trouble?.includes("still computes"),
      "the process to be seen",
    );
    expect((await containerView(world, bens.container.id))?.container.state).toBe("waiting");
    world.host.end(pid);
    await settled(world, bens.container.id, "running");
    expect(await story(world, id)).toContain("stopped");
    await settledAndSound(world);
  });

  test("again and again: what was carried counts, and its images go with it", async () => {
    const here = await lab({ gpus: 2 });
    const { world, ana, ben } = here;
    const { id, bens } = await itsGpuIsBens(here, 20 * gib);
    await run(world, { by: ana, which: project });
    await settled(world, id, "running");
    world.engine.now.wrote(name, 20 * gib);
    await rests(world, ana, id);
    const other = await world.member("chloe");
    await runs(world, other);
    await retire(world, { by: ben, which: project });
    await settled(world, bens, "retired");
    await run(world, { by: ana, which: project });
    await settled(world, id, "running");
    expect(carried(world, id)).toMatchObject({
      sizeBytes: baseBytes(world) + 40 * gib,
      labels: { "berth.resume.bytes": String(40 * gib) },
    });
    // 50 GiB are allowed: the third time is one too many.
    world.engine.now.wrote(name, 20 * gib);
    await rests(world, ana, id);
    await runs(world, ben);
    await retire(world, { by: other, which: project });
    await world.until(async () => containersOf(world, "vision._.chloe").length === 0, "Chloe's to be gone");
    await run(world, { by: ana, which: project });
    await settled(world, id, "stopped");
    expect((await lastNote(world, ana))?.text).toContain("takes 60 GB, and at most 50 GB");
    expect(await inLayer(world)).toBe(20 * gib);

    await retire(world, { by: ana, which: project });
    await settled(world, id, "retired");
    const left = world.engine.saved().images?.images ?? [];
    expect(left.filter(({ labels }) => "berth.resume" in labels)).toEqual([]);
    expect(world.engine.imageNamed(testImage)).toBeDefined();
    await settledAndSound(world);
  });
});

describe("where it can't be brought to another GPU it stays as it is, and its member is told", () => {
  test("too large: Resume waits for the very GPU it was made with; nothing is lost", async () => {
    const here = await lab();
    const { world, ana, ben } = here;
    const { id, bens } = await itsGpuIsBens(here, 61 * gib);
    const before = await made(world);
    await run(world, { by: ana, which: project });
    const failed = await settled(world, id, "stopped");
    expect(failed.container).toMatchObject({ resume: "too-large", gpuKeptUntil: null });
    expect((await made(world))?.id).toBe(before?.id);
    expect(await lastNote(world, ana)).toEqual({
      kind: "note",
      containerId: id,
      text: "“vision” could not be started again. What was installed and changed in it takes 61 GB, and at most 50 GB can be brought to another GPU.",
      detail: expect.stringMatching(
        /^Your files in \/workspace are untouched\. .* kept as well, .* Resume brings all of it back, on the very GPU it was made with: .* is lost\.$/,
      ),
      offers: [
        { kind: "run", containerId: id },
        { kind: "start-fresh", containerId: id },
        { kind: "why", containerId: id },
      ],
    });
    await settledAndSound(world);

    const waits = await run(world, { by: ana, which: project });
    expect(waits.container).toMatchObject({
      state: "waiting",
      waitsFor: expect.stringMatching(/on the GPU it was made with and on no other/),
    });
    await retire(world, { by: ben, which: project });
    await settled(world, bens, "retired");
    const again = await settled(world, id, "running");
    expect(again.container).toMatchObject({ resume: null, outcome: null });
    expect((await made(world))?.id).toBe(before?.id);
    expect(await inLayer(world)).toBe(61 * gib);
    await settledAndSound(world);
  });

  test("Start fresh makes it anew from its image, on the GPU that is free", async () => {
    const here = await lab();
    const { world, ana } = here;
    const { id } = await itsGpuIsBens(here, 61 * gib);
    const before = await made(world);
    await expect(run(world, { by: ana, which: project, fresh: true })).rejects.toMatchObject({
      reason: "nothing-to-give-up",
    });
    await run(world, { by: ana, which: project });
    await settled(world, id, "stopped");
    await run(world, { by: ana, which: project, fresh: true });
    const fresh = await settled(world, id, "running");
    expect(fresh.container.resume).toBeNull();
    const after = await made(world);
    expect(after?.id).not.toBe(before?.id);
    expect(after?.imageId).toBe(world.engine.imageNamed(testImage)?.id);
    expect(await inLayer(world)).toBe(0);
    expect(containersOf(world, name)).toHaveLength(1);
    await settledAndSound(world);
  });

  test("whoever wished it fresh, and leaves the line, has lost nothing", async () => {
    const here = await lab();
    const { world, ana } = here;
    const { id } = await itsGpuIsBens(here, 61 * gib);
    const before = await made(world);
    await run(world, { by: ana, which: project });
    await settled(world, id, "stopped");
    await runs(world, await world.member("chloe"));
    await run(world, { by: ana, which: project, fresh: true });
    expect((await containerView(world, id))?.container.state).toBe("waiting");
    await stop(world, { by: ana, which: project });
    await settled(world, id, "stopped");
    expect((await made(world))?.id).toBe(before?.id);
    expect(await inLayer(world)).toBe(61 * gib);
  });

  test.each<[string, (world: MemoryWorld) => void, RegExp]>([
    [
      "the disk has no room",
      ({ host }) => host.diskFree(5.2),
      /The server's disk has no room to bring what was installed in it \(3 GB\)/,
    ],
    [
      "the engine refuses to save it",
      ({ engine }) => engine.now.trouble({ verb: "commit", when: "before", error: "refused" }),
      /The server could not bring what was installed in it to another GPU/,
    ],
    [
      "the engine refuses to make the next",
      ({ engine }) => engine.now.trouble({ verb: "create", when: "before", error: "refused" }),
      /The server refused to make it anew on another GPU/,
    ],
  ])("%s: another time it may go", async (_what, spoil, words) => {
    const here = await lab();
    const { world, ana } = here;
    const { id } = await itsGpuIsBens(here, 3 * gib);
    const before = await made(world);
    spoil(world);
    await run(world, { by: ana, which: project });
    const failed = await settled(world, id, "stopped");
    expect(failed.container).toMatchObject({ resume: "failed", outcome: expect.stringMatching(words) });
    expect((await lastNote(world, ana))?.offers?.map(({ kind }) => kind)).toEqual([
      "run",
      "start-fresh",
      "why",
    ]);
    expect((await made(world))?.id).toBe(before?.id);
    expect(containersOf(world, name)).toHaveLength(1);
    expect(carried(world, id)).toBeUndefined();
    await settledAndSound(world);
    world.host.diskFree(80);
    await run(world, { by: ana, which: project });
    await settled(world, id, "running");
    expect(carried(world, id)?.sizeBytes).toBe(baseBytes(world) + 3 * gib);
    await settledAndSound(world);
  });

  test("a commit that takes longer than 10 minutes is given up", async () => {
    const here = await lab({ engine: { commitTakesMs: 24 * 3_600_000 } });
    const { world, ana, clock } = here;
    const { id } = await itsGpuIsBens(here, 3 * gib);
    const before = await made(world);
    await run(world, { by: ana, which: project });
    await world.until(
      async () => (await containerView(world, id))?.container.step === "commit",
      "it to be saved",
    );
    clock.jump(9 * 60_000);
    expect((await containerView(world, id))?.container.state).toBe("starting");
    clock.jump(2 * 60_000);
    const failed = await settled(world, id, "stopped");
    expect(failed.container).toMatchObject({
      resume: "failed",
      outcome: expect.stringContaining("took longer than 10 minutes"),
    });
    expect((await made(world))?.id).toBe(before?.id);
  });

  test("a silent engine is waited for, and then it goes on", async () => {
    const here = await lab();
    const { world, ana } = here;
    const { id } = await itsGpuIsBens(here, 3 * gib);
    for (const verb of ["commit", "create", "remove", "rename"] as const)
      world.engine.now.trouble({ verb, when: "after", error: "silent" });
    await run(world, { by: ana, which: project });
    await settled(world, id, "running");
    expect(containersOf(world, name)).toHaveLength(1);
    expect(await inLayer(world)).toBe(0);
    expect(carried(world, id)?.sizeBytes).toBe(baseBytes(world) + 3 * gib);
    await settledAndSound(world);
  });
});

describe("who comes at once", () => {
  test.each([
    ["retire", retire, "retired"],
    ["stop", stop, "stopped"],
  ] as const)("commit ∥ %s: it is saved or not, and then it is so", async (_what, wish, state) => {
    const saving = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const here = await lab({
      engine: {
        hooks: {
          async before(verb) {
            if (verb !== "commit") return;
            saving.resolve();
            await goOn.promise;
          },
        },
      },
    });
    const { world, ana } = here;
    const { id } = await itsGpuIsBens(here, 3 * gib);
    const before = await made(world);
    await run(world, { by: ana, which: project });
    await saving.promise;
    await wish(world, { by: ana, which: project });
    goOn.resolve();
    await settled(world, id, state);
    expect(containersOf(world, name).map((one) => one.id)).toEqual(
      state === "retired" ? [] : [before?.id ?? ""],
    );
    expect(carried(world, id)).toBeUndefined();
    await settledAndSound(world);
  });

  test("run ∥ retire of one whose GPU another has: it is gone, whoever was first", async () => {
    const here = await lab();
    const { world, ana } = here;
    const { id } = await itsGpuIsBens(here, 3 * gib);
    const ran = await Promise.allSettled([
      run(world, { by: ana, which: project }),
      retire(world, { by: ana, which: project }),
    ]);
    if (ran[0].status === "rejected") expect(ran[0].reason).toMatchObject({ reason: "being-retired" });
    await settled(world, id, "retired");
    expect(containersOf(world, name)).toEqual([]);
    expect(carried(world, id)).toBeUndefined();
    await settledAndSound(world);
  });
});

test("what carried nothing over is pruned; what a container is made from stays", async () => {
  const here = await lab();
  const { world, ana } = here;
  const { id } = await itsGpuIsBens(here, 3 * gib);
  await run(world, { by: ana, which: project });
  await settled(world, id, "running");
  const found = await made(world);
  const patient = new AbortController().signal;
  const gone = carriedRef("test", 999);
  await world.engine.commit(found?.id ?? "", { ref: gone, labels: {} }, patient);
  await prune(world, 7);
  expect(world.engine.imageNamed(gone)).toBeUndefined();
  expect(carried(world, id)?.id).toBe(found?.imageId);
});

describe("Stop and resume with 1", () => {
  const two: Wish = { kind: "gpu", count: 2 };
  async function withTwo(options: Parameters<typeof lab>[0] = {}) {
    const here = await lab(options);
    const chloe = await here.world.member("chloe", "researcher");
    const requestId = "wide";
    const { container } = await deploy(here.world, { by: chloe, requestId, ...project, wish: two });
    await settled(here.world, container.id, "running");
    here.world.engine.now.wrote("vision._.chloe", 3 * gib);
    return { ...here, chloe, id: container.id };
  }

  test("it stops, gives both back, and comes back on one of them with all that is in it", async () => {
    const { world, chloe, id } = await withTwo();
    const asked = await resumeWithOne(world, { by: chloe, which: project });
    expect(asked.container).toMatchObject({ state: "stopping", wish: { kind: "gpu", count: 1 } });
    expect(asked.ends).toEqual([]);
    const after = await settled(world, id, "running");
    expect(after.devices).toHaveLength(1);
    expect(after.ends).toMatchObject([{ reason: "end" }]);
    expect(carried(world, id)?.sizeBytes).toBe(baseBytes(world) + 3 * gib);
    expect((await story(world, id)).slice(-5)).toEqual([
      "stop-wished",
      "stopped",
      "run-wished",
      "granted",
      "running",
    ]);
    await expect(resumeWithOne(world, { by: chloe, which: project })).rejects.toMatchObject({
      reason: "no-gpu-to-spare",
    });
    await settledAndSound(world);
  });

  test("too much in it for that: it is stopped, and Resume brings it back on both", async () => {
    const { world, chloe, id } = await withTwo();
    world.engine.now.wrote("vision._.chloe", 61 * gib);
    const before = await world.engine.inspect("vision._.chloe");
    await resumeWithOne(world, { by: chloe, which: project });
    const failed = await settled(world, id, "stopped");
    expect(failed.container.resume).toBe("too-large");
    await run(world, { by: chloe, which: project });
    const again = await settled(world, id, "running");
    expect(again.devices).toHaveLength(2);
    expect((await world.engine.inspect("vision._.chloe"))?.id).toBe(before?.id);
    await settledAndSound(world);
  });

  test("who stands first in the line has the first of them", async () => {
    const { world, chloe, ana, ben, id } = await withTwo();
    const waiting = [];
    for (const by of [ana, ben])
      waiting.push(await deploy(world, { by, requestId: by.handle, project: "other" }));
    await resumeWithOne(world, { by: chloe, which: project });
    for (const { container } of waiting) await settled(world, container.id, "running");
    expect((await settled(world, id, "waiting")).devices).toEqual([]);
    await settledAndSound(world);
  });

  test.each([
    ["Stop", stop, "stopped"],
    ["Retire", retire, "retired"],
  ] as const)("%s while it stops: so it is", async (_what, wish, state) => {
    const stopping = Promise.withResolvers<void>();
    const hooks = {
      async before(verb: string) {
        if (verb === "stop") await stopping.promise;
      },
    };
    const { world, chloe, id } = await withTwo({ engine: { hooks } });
    await resumeWithOne(world, { by: chloe, which: project });
    await wish(world, { by: chloe, which: project });
    stopping.resolve();
    await settled(world, id, state);
    expect((await containerView(world, id))?.container.wanted).toBe(state);
    await settledAndSound(world);
  });
});
