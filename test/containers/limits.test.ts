import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type DeployRequest, deploy } from "../../src/containers/deploy.ts";
import { ownContainers } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { insertMember, projectsOfMember } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { limitsAndUse } from "../../src/members/limits.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { ready, settled } from "./steps.ts";

let database: TestDatabase;
let world: MemoryWorld;
let count = 0;
const all: ActiveMember[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, {
    gpus: [{}, {}, {}, { slices: ["3g.20gb", "2g.10gb", "1g.5gb"] }],
    policy: `
enrol: open
groups:
  student: { max_gpu_equivalents: 2, max_gpus_per_container: 2, max_containers: 3, max_waiting: 1, max_memory_gib_total: 70 }
  researcher: { max_gpu_equivalents: 4, max_gpus_per_container: 3, max_containers: 2, max_waiting: 0 }
  slices: { whole_gpus: false }
`,
  });
  world.start();
  await ready(world);
});

afterEach(async () => {
  await settledAndSound(world);
  for (const by of all.splice(0)) {
    for (const { container } of await ownContainers(world, by)) {
      await retire(world, { by, which: { containerId: container.id } });
      await settled(world, container.id, "retired");
    }
  }
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

async function newMember(group = "student"): Promise<ActiveMember> {
  count += 1;
  const member = await world.member(`limited${count}`, group);
  all.push(member);
  return member;
}

const ask = (by: ActiveMember, project: string, more: Partial<DeployRequest> = {}) =>
  deploy(world, { by, requestId: randomUUID(), project, ...more });
const cpu = { wish: { kind: "cpu" } } as const;

test("GPUs above the limit at once wait, and start when the member's own are free", async () => {
  const ana = await newMember();
  const both = await ask(ana, "one", { wish: { kind: "gpu", count: 2 } });
  expect(both.devices).toHaveLength(2);
  const third = await ask(ana, "two");
  expect(third.container).toMatchObject({
    state: "waiting",
    waitsFor: expect.stringMatching(/You hold 2 GPUs of the 2 GPUs/),
  });
  await retire(world, { by: ana, which: { project: "one" } });
  await settled(world, third.container.id, "running");
});

test("a kept GPU counts with its container's memory, a stopped container counts, a waiting one does not", async () => {
  const ana = await newMember();
  const { container } = await ask(ana, "one");
  await settled(world, container.id, "running");
  await stop(world, { by: ana, which: { project: "one" } });
  await settled(world, container.id, "stopped");
  expect((await limitsAndUse(world, ana)).use).toEqual({
    gpuEquivalents: 1,
    containers: 1,
    memoryGiB: 32,
    waiting: 0,
  });
  await run(world, { by: ana, which: { project: "one" } });
  await settled(world, container.id, "running");
});

test("containers above the limit wait, with the sentence", async () => {
  const chloe = await newMember("researcher");
  await ask(chloe, "one", cpu);
  await ask(chloe, "two", cpu);
  // Researchers here don't wait: the form says so instead.
  await expect(ask(chloe, "three", cpu)).rejects.toMatchObject({ reason: "too-many-waiting" });
  expect((await world.ledger.read((tx) => projectsOfMember(tx, chloe.id))).map(({ name }) => name)).toEqual([
    "one",
    "two",
  ]);
});

test("memory above the total waits", async () => {
  const ana = await newMember();
  await ask(ana, "one", cpu);
  await ask(ana, "two", cpu);
  const third = await ask(ana, "three", cpu);
  expect(third.container).toMatchObject({
    state: "waiting",
    waitsFor: expect.stringMatching(/64 of your 70 GiB of memory/),
  });
  await expect(ask(ana, "four", cpu)).rejects.toMatchObject({ reason: "too-many-waiting" });
});

test("one that is to run again and would have to wait counts as a request in the line", async () => {
  const ana = await newMember();
  const one = await ask(ana, "one", cpu);
  await settled(world, one.container.id, "running");
  await stop(world, { by: ana, which: { project: "one" } });
  await settled(world, one.container.id, "stopped");
  await ask(ana, "two", cpu);
  await ask(ana, "three", cpu);
  expect((await ask(ana, "four", cpu)).container.state).toBe("waiting");
  const again = { by: ana, which: { project: "one" } };
  await expect(run(world, again)).rejects.toMatchObject({ reason: "too-many-waiting" });
  await settled(world, one.container.id, "stopped");
  await retire(world, { by: ana, which: { project: "four" } });
  expect((await run(world, again)).container.state).toBe("waiting");
});

test.each([
  ["more GPUs than the limit of one container", { wish: { kind: "gpu", count: 3 } }, "gpus-above-limit"],
  ["more GPUs than there are", { wish: { kind: "gpu", count: 99 } }, "more-gpus-than-exist"],
  ["no GPU at all, said as a number", { wish: { kind: "gpu", count: 0 } }, "gpu-count"],
  ["half a GPU", { wish: { kind: "gpu", count: 0.5 } }, "gpu-count"],
  ["a model that is not there", { wish: { kind: "gpu", count: 1, model: "h100" } }, "no-such-model"],
  ["a slice that is not there", { wish: { kind: "mig", profile: "7g.40gb" } }, "no-such-slice"],
  ["more hours than allowed", { hours: 25 }, "hours-out-of-range"],
  ["no hours", { hours: 0 }, "hours-out-of-range"],
  ["hours that are no number", { hours: Number.NaN }, "hours-out-of-range"],
  ["another's or nobody's workspace", { workspace: "theirs" }, "no-workspace"],
  ["a project name that can't be one", { project: "../etc" }, "project-name"],
] as const)("%s: refused, and nothing was written", async (_what, more, reason) => {
  const ana = await newMember();
  await expect(ask(ana, "one", more as Partial<DeployRequest>)).rejects.toMatchObject({ reason });
  expect(await world.ledger.read((tx) => projectsOfMember(tx, ana.id))).toEqual([]);
  expect(await ownContainers(world, ana)).toEqual([]);
});

test("a wish for a slice is served with the smallest that does, and counts its part of a GPU", async () => {
  const ana = await newMember();
  const given = await ask(ana, "one", { wish: { kind: "mig", profile: "1g.5gb" } });
  expect(given.devices.map(({ profile }) => profile)).toEqual(["1g.5gb"]);
  const larger = await ask(ana, "two", { wish: { kind: "mig", profile: "1g.5gb" } });
  expect(larger.devices.map(({ profile }) => profile)).toEqual(["2g.10gb"]);
  const { gpuEquivalents } = (await limitsAndUse(world, ana)).use;
  expect(gpuEquivalents).toBeCloseTo(3 / 7, 5);
  const made = await settled(world, given.container.id, "running");
  expect((await world.engine.inspect(made.container.name))?.devices).toEqual(
    given.devices.map(({ id }) => id),
  );
});

test("who uses slices only is told so for a whole GPU", async () => {
  const eve = await newMember("slices");
  await expect(ask(eve, "one")).rejects.toMatchObject({ reason: "no-whole-gpus" });
  expect((await ask(eve, "one", { wish: { kind: "mig", profile: "2g.10gb" } })).devices).toHaveLength(1);
});

test("another project's workspace is used, and it is the member's own", async () => {
  const [ana, ben] = [await newMember(), await newMember()];
  const first = await ask(ana, "vision", cpu);
  const second = await ask(ana, "vision-try", { ...cpu, workspace: "vision" });
  expect(second.container.workspacePath).toBe(first.project.workspacePath);
  expect(second.project.workspacePath).not.toBe(first.project.workspacePath);
  await settled(world, second.container.id, "running");
  const mounts = world.engine.saved().containers.find(({ name }) => name === second.container.name)
    ?.spec?.mounts;
  expect(mounts?.find(({ target }) => target === "/workspace")?.source).toBe(first.project.workspacePath);
  // Ben has a project of that name as little as if ana had none.
  await expect(ask(ben, "mine", { ...cpu, workspace: "vision" })).rejects.toMatchObject({
    reason: "no-workspace",
  });
});

test("another's container is answered as if it did not exist", async () => {
  const [ana, ben] = [await newMember(), await newMember()];
  const { container } = await ask(ana, "vision", cpu);
  for (const which of [{ containerId: container.id }, { project: "vision" }]) {
    for (const act of [stop, retire, run])
      await expect(act(world, { by: ben, which })).rejects.toMatchObject({ reason: "no-container" });
  }
  // Nor does a request id that is another's show what it made.
  await expect(
    deploy(world, { by: ben, requestId: container.requestId, project: "vision", ...cpu }),
  ).rejects.toThrow();
});

test("who has no key is told so before anything is written", async () => {
  const [ana] = [await newMember()];
  const { eve } = await world.ledger.write(async (tx) => {
    const eve = await insertMember(tx, {
      slackUserId: "UNOKEY",
      name: "eve",
      handle: "nokey",
      uid: 29_999,
      group: "student",
      state: "active",
      createdAt: new Date(),
    });
    return { eve: eve as ActiveMember };
  });
  await expect(ask(eve, "vision")).rejects.toMatchObject({ reason: "no-key" });
  expect(await world.ledger.read((tx) => projectsOfMember(tx, eve.id))).toEqual([]);
  expect((await ask(ana, "vision")).container.state).toBe("starting");
});
