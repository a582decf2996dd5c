import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { projectById } from "../../src/ledger/queries/members.ts";
import { nodeById } from "../../src/ledger/queries/nodes.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { keysOf } from "../../src/members/keys.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { checkAlways, settledAndSound } from "./invariants.ts";
import { deviceBecomes, deviceNow, ready, sentences, settled, story, told } from "./steps.ts";

let clock: JumpingClock;
let database: TestDatabase;
let world: MemoryWorld;
let ana: ActiveMember;
let ben: ActiveMember;
/** SSH is given no answer on these ports. */
let mute: boolean;

const project = { project: "vision" };
const minute = 60_000;

async function open(url: string, share?: MemoryWorld): Promise<MemoryWorld> {
  return memoryWorld(url, {
    clock,
    gpus: 2,
    watchEveryMs: 40,
    ...(share ? { share } : {}),
    node: (node) => ({
      ...node,
      probeSsh: async (target) => (mute ? "no-answer" : node.probeSsh(target)),
    }),
  });
}

beforeEach(async () => {
  mute = false;
  clock = jumpingClock();
  database = await freshDatabase();
  world = await open(database.url);
  world.start();
  await ready(world);
  [ana, ben] = [await world.member("ana"), await world.member("ben")];
});

afterEach(async () => {
  await world?.end();
  await database?.drop();
});

const ask = (by: ActiveMember, name = "vision") =>
  deploy(world, { by, requestId: randomUUID(), project: name });

async function running(by: ActiveMember, name = "vision") {
  return settled(world, (await ask(by, name)).container.id, "running");
}

async function stopped(by: ActiveMember) {
  const { container } = await running(by);
  await stop(world, { by, which: project });
  return settled(world, container.id, "stopped");
}

async function happened(containerId: number, what: string): Promise<void> {
  await world.until(
    async () => (await story(world, containerId)).includes(what),
    `${what} of ${containerId}`,
  );
}

describe("a container that ended by itself", () => {
  test("is started again once on the same GPU with the same end; the second time it stays stopped", async () => {
    const { container, devices } = await running(ana);
    world.engine.now.ended(container.name, 3, "boom");
    await happened(container.id, "ended");
    const again = await settled(world, container.id, "running");
    expect(again.devices).toEqual(devices);
    expect(again.container.endsAt).toEqual(container.endsAt);

    world.engine.now.ended(container.name, 3, "boom");
    const down = await settled(world, container.id, "stopped");
    expect(down.container.outcome).toMatch(/twice within 10 minutes \(exit code 3\)/);
    expect(down.devices).toEqual(devices);
    expect(await sentences(world, "UANA")).toEqual([
      expect.stringMatching(/ended by itself \(exit code 3\) and is started again/),
      expect.stringMatching(/has stopped\. It ended by itself twice/),
    ]);
    await settledAndSound(world);
  });

  test("is started again when ten minutes have passed", async () => {
    const { container } = await running(ana);
    world.engine.now.ended(container.name, 1);
    await happened(container.id, "ended");
    await settled(world, container.id, "running");
    clock.jump(11 * minute);
    world.engine.now.ended(container.name, 1);
    await world.until(
      async () => (await story(world, container.id)).filter((what) => what === "ended").length === 2,
      "the second restart",
    );
    await settled(world, container.id, "running");
    await settledAndSound(world);
  });
});

test("a process of it ran out of memory: its owner is told, once an hour, and it goes on as it was", async () => {
  const { container, devices } = await running(ana);
  const oom = () => world.engine.now.outOfMemory(container.name);
  oom();
  await happened(container.id, "out-of-memory");
  const said = [
    expect.stringMatching(
      /^A process in “vision” was ended: its limit of 32 GB of memory was reached\. The container/,
    ),
  ];
  expect(await sentences(world, "UANA")).toEqual(said);
  oom();
  // What comes after it has been looked at tells that it has been looked at too.
  await running(ben);
  clock.jump(61 * minute);
  oom();
  await world.until(async () => (await sentences(world, "UANA")).length > 1, "the next hour's to be told");
  expect(await sentences(world, "UANA")).toEqual([...said, ...said]);
  const after = await containerView(world, container.id);
  expect(after?.container).toMatchObject({ state: "running", wanted: "running", endsAt: container.endsAt });
  expect(after?.devices).toEqual(devices);
  await settledAndSound(world);
});

test("the engine was restarted: all are started again on their own GPUs, with the same end, however often", async () => {
  const before = [await running(ana), await running(ben)];
  for (let times = 1; times <= 2; times++) {
    world.engine.now.silent(true);
    world.engine.now.restarted({ liveRestore: false });
    await world.until(
      async () => (await world.ledger.read((tx) => nodeById(tx, "gpu1")))?.state === "unreachable",
      "the silence to be noticed",
    );
    world.engine.now.silent(false);
    for (const { container, devices } of before) {
      await world.until(
        async () =>
          (await story(world, container.id)).filter((what) => what === "engine-restarted").length === times,
        "the restart to be seen",
      );
      const after = await settled(world, container.id, "running");
      expect(after.devices).toEqual(devices);
      expect(after.container.endsAt).toEqual(container.endsAt);
    }
  }
  await settledAndSound(world);
});

describe("by hand on the server", () => {
  test("a running container was removed: retired, its GPU is free, owner and admins are told", async () => {
    const { container } = await running(ana);
    world.engine.now.removedByHand(container.name);
    await settled(world, container.id, "retired");
    expect(await sentences(world, "UANA")).toEqual([expect.stringMatching(/removed on the server by hand/)]);
    expect(await sentences(world, "CADMINS")).toEqual([
      expect.stringMatching(/removed on the server by hand/),
    ]);
    await settledAndSound(world);
  });

  test("a running container was removed and its process goes on: the GPU is free when that has ended", async () => {
    const { container, devices } = await running(ana);
    const id = devices[0]!.id;
    world.host.compute(id, { containerId: (await world.engine.inspect(container.name))!.id });
    world.engine.now.removedByHand(container.name);
    const stuck = await world.until(async () => {
      const view = await containerView(world, container.id);
      return view?.container.state === "stopping" && view.container.trouble !== null && view;
    }, "it to wait for the process");
    expect(stuck.devices).toHaveLength(1);
    world.host.end(stuck.container.engineId!);
    await settled(world, container.id, "retired");
    await settledAndSound(world);
  });

  test("a stopped container was removed: retired and told", async () => {
    const { container } = await stopped(ana);
    world.engine.now.removedByHand(container.name);
    await settled(world, container.id, "retired");
    expect(await sentences(world, "CADMINS")).toHaveLength(1);
    await settledAndSound(world);
  });

  test("one was removed while it starts: made again", async () => {
    mute = true;
    const { container } = await ask(ana);
    await world.until(async () => world.engine.inspect(container.name), "it to be made");
    const first = await world.engine.inspect(container.name);
    world.engine.now.removedByHand(container.name);
    await world.until(async () => {
      const made = await world.engine.inspect(container.name);
      return made && made.id !== first?.id;
    }, "it to be made again");
    mute = false;
    await settled(world, container.id, "running");
    await settledAndSound(world);
  });

  test("a stopped container was started and its GPU is free: it is its again", async () => {
    const { container, devices } = await stopped(ana);
    await freeGpu(world, { by: ana, which: project });
    await happened(container.id, "keep-time-over");
    world.engine.now.startedByHand(container.name);
    const after = await settled(world, container.id, "running");
    expect(after.devices.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
    await settledAndSound(world);
  });

  test("a stopped container was started and another member has its GPU: stopped at once, told", async () => {
    const { container, devices } = await stopped(ana);
    await freeGpu(world, { by: ana, which: project });
    await happened(container.id, "keep-time-over");
    const bens = [await running(ben), await running(ben, "audio")];
    expect(bens.some((view) => view.devices[0]?.id === devices[0]?.id)).toBe(true);
    world.engine.now.startedByHand(container.name);
    await world.until(async () => (await sentences(world, "UANA")).length > 0, "ana to be told");
    expect((await world.engine.inspect(container.name))?.state).toBe("exited");
    expect((await containerView(world, container.id))?.container.state).toBe("stopped");
    expect(await sentences(world, "CADMINS")).toEqual([
      expect.stringMatching(/started on the server by hand/),
    ]);
    await settledAndSound(world);
  });

  test("one that waits to run again was started while another member has its GPU: stopped at once", async () => {
    const { container } = await stopped(ana);
    await freeGpu(world, { by: ana, which: project });
    await happened(container.id, "keep-time-over");
    await running(ben);
    await running(ben, "audio");
    await run(world, { by: ana, which: project });
    world.engine.now.startedByHand(container.name);
    await world.until(
      async () => (await world.engine.inspect(container.name))?.state === "exited",
      "it to be stopped",
    );
    expect((await containerView(world, container.id))?.container.state).toBe("waiting");
    await settledAndSound(world);
  });
});

describe("the database was restored", () => {
  let fresh: TestDatabase;
  let later: MemoryWorld;

  beforeEach(async () => {
    fresh = await freshDatabase();
    later = await open(fresh.url, world);
  });

  afterEach(async () => {
    await later?.end();
    await fresh?.drop();
  });

  /** Another bot on the same machine whose database knows nothing. */
  async function restored(before?: (later: MemoryWorld) => Promise<void>): Promise<void> {
    await world.stop();
    await before?.(later);
    later.start();
    await ready(later);
  }

  test("what the engine has is adopted before anything is granted, and nothing is granted twice", async () => {
    const [anas, bens] = [await running(ana), await running(ben)];
    const cpu = await deploy(world, {
      by: ana,
      requestId: randomUUID(),
      project: "notes",
      wish: { kind: "cpu" },
    });
    await settled(world, cpu.container.id, "running");
    // What the engine has is not in the order of the numbers a new database would give.
    await restored((later) =>
      later.ledger.write(async (tx) => {
        for (const table of ["members", "projects", "containers"])
          await tx.execute(sql`select setval(${`${table}_id_seq`}::regclass, 40)`);
      }),
    );
    for (const { container, devices, member, project } of [anas, bens]) {
      const view = await settled(later, container.id, "running");
      expect(view.devices.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
      expect(view.member).toMatchObject({ id: member.id, handle: member.handle, uid: member.uid });
      const { id, sshPort, aliasId, hostKey } = view.project;
      expect({ id, sshPort, aliasId, hostKey }).toEqual({
        id: project.id,
        sshPort: project.sshPort,
        aliasId: project.aliasId,
        hostKey: (await world.ledger.read((tx) => projectById(tx, project.id)))?.hostKey,
      });
      const fingerprints = async (one: MemoryWorld) =>
        (await keysOf(one, member)).map((key) => key.fingerprint);
      expect(await fingerprints(later)).toEqual(await fingerprints(world));
      expect(await fingerprints(later)).toHaveLength(1);
    }
    await settled(later, cpu.container.id, "running");
    const chloe = await later.member("chloe");
    expect(chloe.uid).toBeGreaterThan(ben.uid);
    const asked = await deploy(later, { by: chloe, requestId: "r", ...project });
    expect(asked.container.state).toBe("waiting");
    expect(asked.container.id).toBeGreaterThan(cpu.container.id);
    await settledAndSound(later);
  });

  test("one that was just taking the place of another is adopted, and gets its name", async () => {
    const { container } = await stopped(ana);
    const found = await world.engine.inspect(container.name);
    await world.engine.rename(found?.id ?? "", `${container.name}.next`);
    await restored();
    const view = await settled(later, container.id, "stopped");
    expect(view.container.name).toBe(container.name);
    await run(later, { by: view.member, which: project });
    await settled(later, container.id, "running");
    expect((await later.engine.inspect(container.name))?.id).toBe(found?.id);
    await settledAndSound(later);
  });

  test("a stopped one is adopted too, and runs again on the GPU it was made with", async () => {
    const { container, devices } = await stopped(ana);
    // The other GPU would be chosen if its own were not asked for.
    await running(ben);
    expect(devices[0]?.gpuIndex).toBe(0);
    await restored();
    const view = await settled(later, container.id, "stopped");
    expect(view.devices).toEqual([]);
    const chloe = await later.member("chloe");
    const taken = await deploy(later, { by: chloe, requestId: "r", ...project });
    expect(taken.devices.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
    await settled(later, taken.container.id, "running");
    const waits = await run(later, { by: view.member, which: project });
    expect(waits.container.state).toBe("waiting");
    await retire(later, { by: chloe, which: project });
    const back = await settled(later, container.id, "running");
    expect(back.devices.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
    await settledAndSound(later);
  });

  test("one that only waited when the backup was made is adopted as it is now", async () => {
    await running(ana);
    await running(ana, "audio");
    const { container } = await ask(ben);
    expect(container.state).toBe("waiting");
    const { members } = await import("../../src/ledger/member-table.ts");
    const { projects, containers } = await import("../../src/ledger/schema.ts");
    const backup = await world.ledger.read(async (tx) => ({
      members: await tx.select().from(members),
      projects: await tx.select().from(projects),
      containers: (await tx.select().from(containers)).filter(({ id }) => id === container.id),
    }));
    await retire(world, { by: ana, which: project });
    const ran = await settled(world, container.id, "running");
    await restored(async (later) => {
      await later.ledger.write(async (tx) => {
        await tx.insert(members).values(backup.members);
        await tx.insert(projects).values(backup.projects.map((row) => ({ ...row, sshPort: null })));
        await tx.insert(containers).values(backup.containers);
      });
    });
    const view = await settled(later, container.id, "running");
    expect(view.devices.map(({ id }) => id)).toEqual(ran.devices.map(({ id }) => id));
    await settledAndSound(later);
  });

  test("what contradicts an open lease is not guessed at: its device is quarantined, the admins are told once", async () => {
    const { container, devices } = await running(ana);
    const engineId = (await world.engine.inspect(container.name))!.id;
    await running(ben);
    // A second one with labels of ours and the GPU that the first one holds.
    const labels = { ...(await world.engine.inspect(container.name))!.labels };
    Object.assign(labels, { "berth.container": "900", "berth.project": "other", "berth.project_id": "900" });
    Object.assign(labels, { "berth.port": "22900", "berth.alias": "other" });
    world.engine.now.planted({ name: "other._.ana", labels, devices: [devices[0]!.id], running: true });
    const device = await deviceBecomes(world, devices[0]!.id, "quarantined");
    expect(device.reason).toMatch(/other\._\.ana on gpu1 can't be taken over/);
    await world.clock.sleep(200);
    const admins = (await told(world, "CADMINS")).map((news) => "text" in news && news.text);
    expect(
      admins.filter((text) => /^other._.ana on gpu1 can't be taken over/.test(String(text))),
    ).toHaveLength(1);
    expect((await containerView(world, container.id))?.container.state).toBe("running");
    expect((await world.engine.inspect(container.name))?.id).toBe(engineId);

    world.engine.now.removedByHand("other._.ana");
    await retire(world, { by: ana, which: project });
    await settled(world, container.id, "retired");
    await deviceBecomes(world, devices[0]!.id, "ok");
    await settledAndSound(world);
  });
});

describe("outside Berth", () => {
  test("a container that is not ours has a GPU: shown, not granted, never touched; free again when it ends", async () => {
    const [first, second] = world.host.deviceIds();
    const foreign = world.engine.now.planted({ name: "somebodys", devices: [first!], running: true });
    expect((await deviceBecomes(world, first!, "outside")).reason).toMatch(/somebodys/);
    const { devices } = await running(ana);
    expect(devices.map(({ id }) => id)).toEqual([second]);
    expect((await ask(ben)).container.state).toBe("waiting");
    expect((await world.engine.inspect(foreign))?.state).toBe("running");
    world.engine.now.removedByHand("somebodys");
    await deviceBecomes(world, first!, "ok");
    await settledAndSound(world);
  });

  test("a process on the host computes on a GPU: not granted until it has ended", async () => {
    const [first] = world.host.deviceIds();
    const pid = world.host.compute(first!, { user: "root" });
    await deviceBecomes(world, first!, "outside");
    await running(ana);
    const { container } = await ask(ben);
    expect(container.state).toBe("waiting");
    world.host.end(pid);
    await settled(world, container.id, "running");
    await settledAndSound(world);
  });
});

describe("a GPU that vanishes", () => {
  test("while it is used: kept, told, granted to nobody; and told when it is back", async () => {
    const { container, devices } = await running(ana);
    const id = devices[0]!.id;
    world.host.vanish(id);
    await deviceBecomes(world, id, "lost");
    const view = await containerView(world, container.id);
    expect([view?.container.state, view?.devices.map((device) => device.id)]).toEqual(["running", [id]]);
    expect(await sentences(world, "UANA")).toEqual([expect.stringMatching(/vanished from the server/)]);
    await running(ben);
    expect((await ask(ben, "audio")).container.state).toBe("waiting");
    world.host.comeBack(id);
    await deviceBecomes(world, id, "ok");
    expect((await sentences(world, "UANA")).at(-1)).toMatch(/is there again/);
    await settledAndSound(world);
  });

  test("while it is given to somebody who starts: back to the line, with the place they had, onto another one", async () => {
    mute = true;
    const first = await ask(ana);
    const second = await ask(ben);
    const third = await ask(ben, "audio");
    expect(third.container.state).toBe("waiting");
    await world.until(
      async () => (await world.engine.inspect(first.container.name))?.state === "running",
      "it",
    );
    const id = first.devices[0]!.id;
    world.host.vanish(id);
    const waits = await settled(world, first.container.id, "waiting");
    expect(waits.place).toBe(1);
    expect(await sentences(world, "UANA")).toEqual([expect.stringMatching(/back in the line/)]);
    await world.until(
      async () => (await world.engine.inspect(first.container.name))?.state !== "running",
      "what was started with it to be stopped",
    );
    mute = false;
    await settled(world, second.container.id, "running");
    await retire(world, { by: ben, which: { containerId: second.container.id } });
    const after = await settled(world, first.container.id, "running");
    expect(after.devices.map((device) => device.id)).toEqual(second.devices.map((device) => device.id));
    world.host.comeBack(id);
    await settled(world, third.container.id, "running");
    await settledAndSound(world);
  });

  test("while it starts, and its owner leaves the line: gone, and nothing of it is left in the engine", async () => {
    mute = true;
    const { container, devices } = await ask(ana);
    await world.until(async () => world.engine.inspect(container.name), "it to be made");
    world.host.vanish(devices[0]!.id);
    await settled(world, container.id, "waiting");
    await stop(world, { by: ana, which: project });
    await settled(world, container.id, "retired");
    mute = false;
    world.host.comeBack(devices[0]!.id);
    await world.until(async () => !(await world.engine.inspect(container.name)), "it to be gone");
    await settledAndSound(world);
  });

  test("while it starts and is retired already: it goes, it does not wait in the line", async () => {
    await running(ben);
    mute = true;
    const { container, devices } = await ask(ana);
    await world.until(async () => world.engine.inspect(container.name), "it to be made");
    // While it waits for SSH it looks at its row once a second; the GPU is gone sooner.
    await retire(world, { by: ana, which: project });
    world.host.vanish(devices[0]!.id);
    await settled(world, container.id, "retired");
    await settledAndSound(world);
  });

  test("while a stopped container keeps it: run takes another, with all that is in it", async () => {
    const { container, devices } = await stopped(ana);
    const id = devices[0]!.id;
    world.host.vanish(id);
    await deviceBecomes(world, id, "lost");
    await run(world, { by: ana, which: project });
    const again = await settled(world, container.id, "running");
    expect(again.devices.map((device) => device.id)).not.toContain(id);
    await settledAndSound(world);
    world.host.comeBack(id);
    await deviceBecomes(world, id, "ok");
    await settledAndSound(world);
  });
});

describe("a device is free only when it is seen empty", () => {
  test("a process of a stopped container is left: waited for; after 10 minutes quarantined, and lifted when empty", async () => {
    const { container, devices } = await running(ana);
    const id = devices[0]!.id;
    const engineId = (await world.engine.inspect(container.name))!.id;
    const pid = world.host.compute(id, { containerId: engineId });
    await stop(world, { by: ana, which: project });
    await world.until(
      async () => (await containerView(world, container.id))?.container.trouble?.includes(`process ${pid}`),
      "the process to be told",
    );
    clock.jump(9 * minute);
    expect((await containerView(world, container.id))?.container.state).toBe("stopping");
    clock.jump(2 * minute);
    const view = await settled(world, container.id, "stopped");
    expect([view.devices, view.container.gpuKeptUntil]).toEqual([[], null]);
    expect((await deviceNow(world, id))?.state).toBe("quarantined");
    await running(ben);
    expect((await ask(ben, "audio")).container.state).toBe("waiting");
    world.host.end(pid);
    await deviceBecomes(world, id, "ok");
    await settledAndSound(world);
  });

  test("the GPUs can't be read: nothing is concluded, the lease goes on", async () => {
    const { container } = await running(ana);
    world.host.silent(true);
    await stop(world, { by: ana, which: project });
    await world.until(
      async () => (await containerView(world, container.id))?.container.trouble?.includes("can't be read"),
      "the trouble",
    );
    expect((await containerView(world, container.id))?.devices).toHaveLength(1);
    world.host.silent(false);
    await settled(world, container.id, "stopped");
    await settledAndSound(world);
  });
});

describe("a start", () => {
  test("waits as long as the engine is silent, and has its full time once it answers", async () => {
    world.engine.now.silent(true);
    const { container } = await ask(ana);
    await world.until(
      async () => (await containerView(world, container.id))?.container.trouble?.includes("does not answer"),
      "the silence to be told",
    );
    clock.jump(30 * minute);
    await world.clock.sleep(100);
    expect((await containerView(world, container.id))?.container).toMatchObject({
      state: "starting",
      wanted: "running",
    });
    world.engine.now.silent(false);
    await settled(world, container.id, "running");
    await settledAndSound(world);
  });

  test("is made once although the engine fell silent after making and after starting it", async () => {
    world.engine.now.trouble({ verb: "create", when: "after", error: "silent" });
    world.engine.now.trouble({ verb: "start", when: "after", error: "silent" });
    const { container } = await ask(ana);
    await settled(world, container.id, "running");
    expect(world.engine.saved().made).toBe(1);
    await settledAndSound(world);
  });

  test("that nobody can sign in to is given up after 15 minutes: cleaned up, failed, told, its GPU free", async () => {
    mute = true;
    const { container } = await ask(ana);
    await world.until(async () => world.engine.inspect(container.name), "it to be made");
    clock.jump(16 * minute);
    const view = await settled(world, container.id, "failed");
    expect(view.devices).toEqual([]);
    expect(await world.engine.inspect(container.name)).toBeUndefined();
    expect(await sentences(world, "UANA")).toEqual([
      expect.stringMatching(/could not be started\. It could not be started within 15 minutes/),
    ]);
    await settledAndSound(world);
    mute = false;
    await running(ana);
  });

  test("of one that ran before goes back to stopped: its files and layer stay", async () => {
    const { container } = await stopped(ana);
    mute = true;
    await run(world, { by: ana, which: project });
    await world.until(
      async () => (await world.engine.inspect(container.name))?.state === "running",
      "it to start",
    );
    clock.jump(16 * minute);
    await settled(world, container.id, "stopped");
    expect((await world.engine.inspect(container.name))?.state).toBe("exited");
    await settledAndSound(world);
  });
});

test("Postgres is gone for a while: nothing is lost, the loops go on afterwards", async () => {
  const { container } = await running(ana);
  await stop(world, { by: ana, which: project });
  const pg = (await import("pg")).default;
  for (let times = 0; times < 3; times++) {
    const client = new pg.Client({ connectionString: database.url });
    client.on("error", () => {});
    await client.connect();
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'berth (active)'",
    );
    await client.end();
    await world.clock.sleep(50);
  }
  await settled(world, container.id, "stopped");
  const bens = await running(ben);
  expect(bens.devices).toHaveLength(1);
  await checkAlways(world);
  await settledAndSound(world);
});
