import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { nodeById } from "../../src/ledger/queries/nodes.ts";
import type { ActiveMember, ContainerState } from "../../src/ledger/schema.ts";
import { setOverride } from "../../src/members/overrides.ts";
import { drain, drainOff } from "../../src/nodes/drain.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { deviceBecomes, ready, sentences, settled } from "./steps.ts";

/** What may happen to a container, in each state it may be in then; what happens by hand on the server is in reconcile.test.ts. */

let clock: JumpingClock;
let database: TestDatabase;
let world: MemoryWorld;
let ana: ActiveMember;
let ben: ActiveMember;
/** SSH is given no answer: what starts goes on starting. */
let mute: boolean;

beforeEach(async () => {
  mute = false;
  clock = jumpingClock();
  database = await freshDatabase();
  world = await memoryWorld(database.url, {
    clock,
    gpus: 1,
    watchEveryMs: 40,
    node: (node) => ({
      ...node,
      probeSsh: async (target) => (mute ? "no-answer" : node.probeSsh(target)),
    }),
  });
  world.start();
  await ready(world);
  [ana, ben] = [await world.member("ana"), await world.member("ben")];
});

afterEach(async () => {
  mute = false;
  await settledAndSound(world).finally(() => world.end());
  await database?.drop();
});

const project = { project: "vision" };
const ask = (by: ActiveMember) => deploy(world, { by, requestId: randomUUID(), ...project });
const now = async (id: number) => (await containerView(world, id))!;

/** Ana's container, in that state. */
async function anasIs(state: ContainerState): Promise<number> {
  if (state === "waiting") await settled(world, (await ask(ben)).container.id, "running");
  if (state === "starting") mute = true;
  const { container } = await ask(ana);
  if (state === "waiting") return container.id;
  if (state === "starting") {
    await world.until(async () => (await now(container.id)).container.step === "ssh", "it to be started");
    return container.id;
  }
  await settled(world, container.id, "running");
  if (state === "running") return container.id;
  await stop(world, { by: ana, which: project });
  await settled(world, container.id, "stopped");
  return container.id;
}

/** The engine is away, long enough to be noticed. */
async function engineGoes(): Promise<void> {
  world.engine.now.silent(true);
  await world.until(
    async () => (await world.ledger.read((tx) => nodeById(tx, "gpu1")))?.state === "unreachable",
    "the silence to be noticed",
  );
}

async function engineIsBack(): Promise<void> {
  world.engine.now.silent(false);
  await world.until(
    async () => (await world.ledger.read((tx) => nodeById(tx, "gpu1")))?.state === "up",
    "it to be noticed",
  );
}

describe("its owner stops it", () => {
  test("waiting: it has left, and nothing of it was made", async () => {
    const id = await anasIs("waiting");
    expect((await stop(world, { by: ana, which: project })).container.state).toBe("retired");
    expect(world.engine.saved().made).toBe(1);
    expect((await now(id)).container.outcome).toBe("ana left the line with it.");
  });

  test("starting for the first time: it is cleaned up, its GPU is free", async () => {
    const id = await anasIs("starting");
    await stop(world, { by: ana, which: project });
    const view = await settled(world, id, "retired");
    expect(view.devices).toEqual([]);
    expect(world.engine.saved().containers).toEqual([]);
  });

  test("starting again: it is stopped as before, with all that is in it", async () => {
    const id = await anasIs("stopped");
    mute = true;
    await run(world, { by: ana, which: project });
    await world.until(
      async () => world.engine.saved().containers.some(({ state }) => state === "running"),
      "it",
    );
    await stop(world, { by: ana, which: project });
    await settled(world, id, "stopped");
    expect(world.engine.saved()).toMatchObject({ made: 1, containers: [{ state: "exited" }] });
  });

  test("stopped: it is stopped already", async () => {
    const id = await anasIs("stopped");
    await expect(stop(world, { by: ana, which: project })).rejects.toMatchObject({
      reason: "already-stopped",
    });
    expect((await now(id)).devices).toHaveLength(1);
  });
});

test.each<ContainerState>(["waiting", "starting", "running", "stopped"])(
  "its owner retires it, %s: it is gone, and so is all that the engine had of it",
  async (state) => {
    const id = await anasIs(state);
    await retire(world, { by: ana, which: project });
    const view = await settled(world, id, "retired");
    expect(view.devices).toEqual([]);
    expect(world.engine.saved().containers.map(({ name }) => name)).not.toContain(view.container.name);
  },
);

test.each<ContainerState>(["waiting", "starting", "running"])(
  "its owner runs it, %s: that is what it is, and nothing changes",
  async (state) => {
    const id = await anasIs(state);
    const before = await now(id);
    const view = await run(world, { by: ana, which: project });
    expect(view).toEqual(before);
    expect(view.place).toBe(state === "waiting" ? 1 : undefined);
  },
);

test.each<[ContainerState, string]>([
  ["waiting", "is waiting in the line"],
  ["starting", "is starting"],
  ["running", "is running"],
  ["stopped", "is stopped"],
])(
  "the same project is deployed again, %s: told how it is, to open it, retire it and deploy it again, or take another name",
  async (state, how) => {
    const id = await anasIs(state);
    await expect(ask(ana)).rejects.toMatchObject({
      reason: "project-in-use",
      message: `Your project “vision” has a container already: it ${how}.`,
      hint: "Open it, retire it and deploy it again, or take another name.",
      offers: [
        { kind: "open", containerId: id },
        { kind: "redeploy", containerId: id, again: expect.anything() },
      ],
    });
    mute = false;
  },
);

describe("the engine does not answer", () => {
  test("nothing is granted there; who asked meanwhile is granted when it answers", async () => {
    await engineGoes();
    const { container } = await ask(ana);
    expect(container).toMatchObject({ state: "waiting", waitsFor: expect.stringMatching(/server/i) });
    await engineIsBack();
    await settled(world, container.id, "running");
  });

  test.each<ContainerState>(["running", "stopped"])("%s: it stays so, and keeps its GPU", async (state) => {
    const id = await anasIs(state);
    const before = await now(id);
    await engineGoes();
    expect(await now(id)).toEqual(before);
    await engineIsBack();
    expect((await now(id)).container).toEqual(before.container);
  });
});

describe("the server is restarted", () => {
  async function restarted(): Promise<void> {
    await engineGoes();
    world.engine.now.restarted({ liveRestore: false });
    await engineIsBack();
  }

  test("waiting: it keeps its place and is served in its turn", async () => {
    const id = await anasIs("waiting");
    const before = await now(id);
    await restarted();
    const after = await now(id);
    expect([after.place, after.container.standsAt]).toEqual([1, before.container.standsAt]);
    await retire(world, { by: ben, which: project });
    await settled(world, id, "running");
  });

  test("starting: it starts once more, on the same GPU", async () => {
    const id = await anasIs("starting");
    const { devices } = await now(id);
    world.engine.now.silent(true);
    await world.until(async () => (await now(id)).container.trouble !== null, "the silence to be noticed");
    world.engine.now.restarted({ liveRestore: false });
    world.engine.now.silent(false);
    mute = false;
    const after = await settled(world, id, "running");
    expect(after.devices.map((device) => device.id)).toEqual(devices.map((device) => device.id));
    expect(world.engine.saved().made).toBe(1);
  });

  test("stopped: it stays stopped", async () => {
    const id = await anasIs("stopped");
    const before = await now(id);
    await restarted();
    expect((await now(id)).container).toEqual(before.container);
    expect(world.engine.saved().containers.map(({ state }) => state)).toEqual(["exited"]);
  });
});

test("its process 1 ends while it starts: it could not be started, and its owner reads its last words", async () => {
  const id = await anasIs("starting");
  world.engine.now.ended((await now(id)).container.name, 3, "no such file");
  const view = await settled(world, id, "failed");
  expect(view.devices).toEqual([]);
  expect(view.container.outcome).toMatch(/exit code 3.* no such file/);
  expect(await sentences(world, "UANA")).toEqual([expect.stringMatching(/could not be started/)]);
});

test("a GPU vanishes while somebody waits: they keep their place", async () => {
  const id = await anasIs("waiting");
  const before = await now(id);
  const [gpu] = world.host.deviceIds();
  world.host.vanish(gpu!);
  await deviceBecomes(world, gpu!, "lost");
  const after = await now(id);
  expect([after.container.state, after.place]).toEqual(["waiting", 1]);
  expect(after.container.standsAt).toEqual(before.container.standsAt);
  world.host.comeBack(gpu!);
  await deviceBecomes(world, gpu!, "ok");
});

test("its member's limits are lowered while it starts: it goes on", async () => {
  const id = await anasIs("starting");
  const by = await world.member("dmitri", "admin");
  const lowered = { by, memberId: ana.id, until: null, reason: "exam week" };
  for (const limit of ["max_gpu_equivalents", "max_containers"])
    await setOverride(world, { ...lowered, limit, value: "0" });
  mute = false;
  expect((await settled(world, id, "running")).devices).toHaveLength(1);
  await retire(world, { by: ana, which: project });
  await settled(world, id, "retired");
});

describe("the server is drained", () => {
  const by = { actor: "cli:dmitri", name: "dmitri" };

  test("starting: it goes on", async () => {
    const id = await anasIs("starting");
    await drain(world, { by, target: {}, reason: "disks" });
    mute = false;
    await settled(world, id, "running");
  });

  test("stopped: to run it waits, until the drain is over", async () => {
    const id = await anasIs("stopped");
    await drain(world, { by, target: {}, reason: "disks" });
    const waits = await run(world, { by: ana, which: project });
    expect(waits.container).toMatchObject({
      state: "waiting",
      waitsFor: "The server is being drained by dmitri: disks.",
    });
    await drainOff(world, { by, target: {} });
    await settled(world, id, "running");
  });
});

test("stopped, its GPU given back: run asks anew, and waits behind whoever has it", async () => {
  const id = await anasIs("stopped");
  await freeGpu(world, { by: ana, which: project });
  await settled(world, (await ask(ben)).container.id, "running");
  expect((await run(world, { by: ana, which: project })).container.state).toBe("waiting");
  await retire(world, { by: ben, which: project });
  expect((await settled(world, id, "running")).container.run).toBe(2);
});
