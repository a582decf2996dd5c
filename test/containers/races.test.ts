import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { Refusal } from "../../src/errors.ts";
import { memberById } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { addKey, keysOf, publishKeys, removeKey } from "../../src/members/keys.ts";
import { approve, decline, enrol, meet } from "../../src/members/people.ts";
import type { World } from "../../src/world.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { ready, settled, story, told } from "./steps.ts";

const clock = jumpingClock();
let database: TestDatabase;
let world: MemoryWorld;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, { clock, gpus: 2, policy: "enrol: ask" });
  world.start();
  await ready(world);
});

afterEach(async () => {
  await settledAndSound(world);
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

const newMember = (group?: string): Promise<ActiveMember> => {
  count += 1;
  return world.member(`racer${count}`, group);
};
const project = { project: "vision" };
const ask = (by: ActiveMember) => deploy(world, { by, requestId: randomUUID(), ...project });

/** What two who come at once got: who was second is told why. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A | string, B | string]> {
  const words = (error: unknown) => {
    if (error instanceof Refusal) return error.reason;
    throw error;
  };
  return Promise.all([one.catch(words), other.catch(words)]);
}

async function running(by: ActiveMember): Promise<number> {
  const { container } = await ask(by);
  await settled(world, container.id, "running");
  return container.id;
}

async function stopped(by: ActiveMember): Promise<number> {
  const id = await running(by);
  await stop(world, { by, which: project });
  await settled(world, id, "stopped");
  return id;
}

async function gone(by: ActiveMember, id: number): Promise<void> {
  await retire(world, { by, which: { containerId: id } }).catch(() => undefined);
  await settled(world, id, "retired");
}

test("deploy ∥ deploy of one project: one container, the second is told which", async () => {
  const ana = await newMember();
  const got = await both(ask(ana), ask(ana));
  expect(got.filter((one) => one === "project-in-use")).toHaveLength(1);
  const [view] = got.filter((one) => typeof one !== "string");
  await settled(world, view!.container.id, "running");
  await gone(ana, view!.container.id);
});

test("the same request ∥ itself: one container, both are answered with it", async () => {
  const ana = await newMember();
  const request = { by: ana, requestId: "twice", ...project };
  const [one, two] = await Promise.all([deploy(world, request), deploy(world, request)]);
  expect(two.container.id).toBe(one.container.id);
  await gone(ana, one.container.id);
});

describe("retire and run of a stopped container", () => {
  test("retire first: run is told that it goes", async () => {
    const ana = await newMember();
    const id = await stopped(ana);
    await retire(world, { by: ana, which: project });
    await expect(run(world, { by: ana, which: project })).rejects.toMatchObject({
      reason: expect.stringMatching(/^(being-retired|no-container)$/),
    });
    await settled(world, id, "retired");
  });

  test("run first: it starts and is retired all the same", async () => {
    const ana = await newMember();
    const id = await stopped(ana);
    await run(world, { by: ana, which: project });
    await retire(world, { by: ana, which: project });
    await settled(world, id, "retired");
  });

  test("at once: it is gone, whoever was first", async () => {
    const ana = await newMember();
    const id = await stopped(ana);
    const [ran] = await both(
      run(world, { by: ana, which: project }),
      retire(world, { by: ana, which: project }),
    );
    if (typeof ran === "string") expect(ran).toBe("being-retired");
    await settled(world, id, "retired");
  });
});

describe("a key is removed while a container starts", () => {
  const keyText =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICLfCYJ+rdEaREne2AD79yxIFcfm0r2R5yEL9f4VLO+X second@laptop";
  const onDisk = (by: ActiveMember) =>
    readFile(join(world.settings.stateDir, "keys", String(by.id), "authorized_keys"), "utf8");

  test.each(["removal first", "start first", "at once"])("%s: it lets nobody in", async (order) => {
    const ana = await newMember();
    const key = await addKey(world, { member: ana, text: keyText });
    let id: number;
    if (order === "removal first") {
      await removeKey(world, { member: ana, keyId: key.id });
      id = await running(ana);
    } else if (order === "start first") {
      id = await running(ana);
      await removeKey(world, { member: ana, keyId: key.id });
    } else {
      const [asked] = await Promise.all([ask(ana), removeKey(world, { member: ana, keyId: key.id })]);
      id = asked.container.id;
      await settled(world, id, "running");
    }
    expect(await onDisk(ana)).not.toContain(key.body);
    expect(await keysOf(world, ana)).toHaveLength(1);
    await gone(ana, id);
  });

  test("a start that read the keys before the removal and writes them after it brings none back", async () => {
    const ana = await newMember();
    const key = await addKey(world, { member: ana, text: keyText });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let reads = 0;
    const late: World = {
      ...world,
      ledger: {
        ...world.ledger,
        async read(work) {
          const seen = await world.ledger.read(work);
          reads += 1;
          if (reads === 1) await gate;
          return seen;
        },
      },
    };
    const start = publishKeys(late, ana.id);
    await world.until(async () => reads === 1, "the start to have read the keys");
    await removeKey(world, { member: ana, keyId: key.id });
    open();
    await start;
    expect(await onDisk(ana)).not.toContain(key.body);
  });

  test("the last key goes: the file is empty, and a deploy is refused with the button that mends it", async () => {
    const ana = await newMember();
    const [own] = await keysOf(world, ana);
    await removeKey(world, { member: ana, keyId: own!.id });
    expect(await onDisk(ana)).toBe("");
    await expect(ask(ana)).rejects.toMatchObject({ reason: "no-key", offers: [{ kind: "add-key" }] });
  });
});

describe("stop and freeing the GPU", () => {
  test("freed before it has stopped: refused, and the GPU is kept", async () => {
    const ana = await newMember();
    const id = await running(ana);
    await expect(freeGpu(world, { by: ana, which: project })).rejects.toMatchObject({
      reason: "no-gpu-kept",
    });
    await stop(world, { by: ana, which: project });
    const view = await settled(world, id, "stopped");
    expect(view.devices).toHaveLength(1);
    await gone(ana, id);
  });

  test("freed twice at once: free once, the other is told or nothing changes", async () => {
    const ana = await newMember();
    const id = await stopped(ana);
    await both(freeGpu(world, { by: ana, which: project }), freeGpu(world, { by: ana, which: project }));
    await world.until(
      async () => (await containerView(world, id))?.devices.length === 0,
      "the GPU to be free",
    );
    expect((await story(world, id)).filter((what) => what === "keep-time-over")).toHaveLength(1);
    await gone(ana, id);
  });

  test("at once: it has stopped; the GPU is kept or free, never half", async () => {
    const ana = await newMember();
    const id = await running(ana);
    await both(stop(world, { by: ana, which: project }), freeGpu(world, { by: ana, which: project }));
    await settled(world, id, "stopped");
    await gone(ana, id);
  });
});

describe("run and the end of the keep time", () => {
  const overMs = 16 * 60_000;

  test("run within it: the same GPU, the same end", async () => {
    const ana = await newMember();
    const id = await stopped(ana);
    const before = await containerView(world, id);
    clock.jump(overMs - 2 * 60_000);
    await run(world, { by: ana, which: project });
    await settled(world, id, "running");
    clock.jump(overMs);
    const after = await settled(world, id, "running");
    expect(after.container.endsAt).toEqual(before?.container.endsAt);
    expect(after.devices.map((device) => device.id)).toEqual(before!.devices.map((device) => device.id));
    expect(after.container.run).toBe(1);
    await gone(ana, id);
  });

  test("run after it: asked anew", async () => {
    const ana = await newMember();
    const id = await stopped(ana);
    clock.jump(overMs);
    await world.until(
      async () => (await containerView(world, id))?.devices.length === 0,
      "the GPU to be free",
    );
    await run(world, { by: ana, which: project });
    const after = await settled(world, id, "running");
    expect(after.container.run).toBe(2);
    await gone(ana, id);
  });

  test("at once: it runs, whoever was first", async () => {
    const ana = await newMember();
    const id = await stopped(ana);
    clock.jump(overMs);
    await run(world, { by: ana, which: project });
    const after = await settled(world, id, "running");
    expect(after.devices).toHaveLength(1);
    await gone(ana, id);
  });
});

describe("stop and run", () => {
  test("run while it stops is told so, and does not say that it runs", async () => {
    const ana = await newMember();
    const id = await running(ana);
    await stop(world, { by: ana, which: project });
    const [ran] = await both(run(world, { by: ana, which: project }), Promise.resolve());
    expect(typeof ran === "string" ? ran : ran.container.state).toMatch(/^(still-stopping|starting)$/);
    await world.until(async () => {
      const state = (await containerView(world, id))?.container.state;
      return state === "stopped" || state === "running";
    }, "it to rest");
    await gone(ana, id);
  });

  test("stopped before it was made: it is gone, and nobody is told that it was removed by hand", async () => {
    const ana = await newMember();
    const { container } = await ask(ana);
    await stop(world, { by: ana, which: project });
    await settled(world, container.id, "retired");
    expect(await story(world, container.id)).not.toContain("removed-by-hand");
    expect(JSON.stringify(await told(world, "CADMINS"))).not.toContain(container.name);
  });
});

describe("two admins answer one request", () => {
  async function asking() {
    count += 1;
    const person = {
      slackUserId: `UNEW${count}`,
      name: `New ${count}`,
      timeZone: "UTC",
      isGuest: false,
      isBot: false,
    };
    return enrol(world, { member: await meet(world, person), handle: `newcomer${count}` });
  }

  test.each(["approve ∥ approve", "approve ∥ decline"])("%s: who was second is told", async (what) => {
    const [dmitri, olga] = [await newMember("admin"), await newMember("admin")];
    const { id } = await asking();
    const second =
      what === "approve ∥ decline"
        ? decline(world, { by: olga, memberId: id })
        : approve(world, { by: olga, memberId: id, group: "researcher" });
    const got = await both(approve(world, { by: dmitri, memberId: id, group: "student" }), second);
    expect(got.filter((one) => one === "answered")).toHaveLength(1);
    const member = await world.ledger.read((tx) => memberById(tx, id));
    const [winner] = got.filter((one) => typeof one !== "string");
    expect(member).toEqual(winner);
    const notes = (await told(world, member!.slackUserId)).filter((news) => news.kind === "note");
    expect(notes).toHaveLength(1);
  });
});
