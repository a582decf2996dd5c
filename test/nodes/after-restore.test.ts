import { afterEach, beforeEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { outbox } from "../../src/ledger/bot-tables.ts";
import { ends, notices } from "../../src/ledger/end-tables.ts";
import { allArmedEnds } from "../../src/ledger/queries/ends.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import { type ActiveMember, containers, leases } from "../../src/ledger/schema.ts";
import { afterRestore } from "../../src/nodes/after-restore.ts";
import { settledAndSound } from "../containers/invariants.ts";
import { ready, settled } from "../containers/steps.ts";
import { endsLab } from "../ends/lab.ts";
import { backupOf, freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** A ledger of yesterday on the machine of today: what the machine shows counts, and nobody hears of yesterday. */

let database: TestDatabase;
let backup: TestDatabase | undefined;
/** Has the machine, and nothing else. */
let machine: MemoryWorld;
let elsewhere: TestDatabase;

beforeEach(async () => {
  [database, elsewhere] = [await freshDatabase(), await freshDatabase()];
  machine = await memoryWorld(elsewhere.url, { gpus: 4 });
});

afterEach(async () => {
  await machine?.end();
  for (const one of [database, elsewhere, backup]) await one?.drop();
  backup = undefined;
});

const policy =
  "enrol: open\ndefaults: { max_containers: 9, max_gpu_equivalents: 8, memory_gib: 1, cpus: 1 }\ngroups: { student: {} }";

const bot = (url: string) => memoryWorld(url, { share: machine, policy, watchEveryMs: 40 });

async function begun(url: string): Promise<MemoryWorld> {
  const world = await bot(url);
  world.start();
  await ready(world);
  return world;
}

async function running(world: MemoryWorld, by: ActiveMember, project: string) {
  const { container } = await deploy(world, { by, requestId: project, project });
  return settled(world, container.id, "running");
}

async function is(world: MemoryWorld): Promise<string[]> {
  const rows = await world.ledger.read((tx) => tx.select().from(containers).orderBy(containers.name));
  return rows.map(({ name, state }) => `${name.split(".")[0]} ${state}`);
}

async function held(world: MemoryWorld): Promise<string[]> {
  const [open, rows] = await world.ledger.read(async (tx) => [
    (await tx.select().from(leases)).filter(({ endedAt }) => endedAt === null),
    await tx.select().from(containers),
  ]);
  const nameOf = (id: number) => rows.find((row) => row.id === id)?.name.split(".")[0];
  return open.map(({ containerId, deviceId }) => `${nameOf(containerId)} ${deviceId}`).sort();
}

test("from before three deploys, a retirement and a stop: all is as the machine shows, and nothing is granted twice", async () => {
  const before = await begun(database.url);
  const [ana, ben] = [await before.member("ana"), await before.member("ben")];
  await running(before, ana, "goes");
  const stops = await running(before, ana, "stops");
  await running(before, ben, "stays");
  // What was not sent yet when the backup was made is said by nobody afterwards.
  await before.ledger.write((tx) => tell(tx, "UANA", { kind: "note", text: "old news" }, new Date()));
  await before.end();
  backup = await backupOf(database);

  const since = await begun(database.url);
  await retire(since, { by: ana, which: { project: "goes" } });
  await since.until(async () => (await is(since)).includes("goes retired"), "it to be gone");
  await stop(since, { by: ana, which: { project: "stops" } });
  await settled(since, stops.container.id, "stopped");
  await freeGpu(since, { by: ana, which: { project: "stops" } });
  await since.until(async () => (await held(since)).length === 1, "its GPU to be free");
  await running(since, ana, "one");
  await running(since, ben, "two");
  await running(since, await since.member("chloe"), "three");
  const wasHeld = await held(since);
  expect(wasHeld).toHaveLength(4);
  await since.end();

  const after = await bot(backup.url);
  await afterRestore(after);
  after.start();
  await ready(after);
  const runs = async () => (await is(after)).filter((row) => row.endsWith("running")).length;
  await after.until(async () => (await runs()) === 4, "all to run");
  expect(await is(after)).toEqual([
    "goes retired",
    "one running",
    "stays running",
    "stops stopped",
    "three running",
    "two running",
  ]);
  expect(await held(after)).toEqual(wasHeld);
  await settledAndSound(after);

  // Cards are drawn anew where they stand, and whoever was adopted gets one. Sentences are for admins alone.
  const rows = await after.ledger.read((tx) => tx.select().from(outbox).orderBy(outbox.id));
  const said = rows.filter(({ setAsideAt, news }) => setAsideAt === null && news.kind !== "card");
  expect(said.map(({ recipient, news }) => [recipient, "text" in news && news.text])).toEqual([
    [
      "CADMINS",
      expect.stringMatching(
        /restored from a backup\. 1 container is stopped: stops\._\.ana; 1 container is no longer there: goes\._\.ana\.$/,
      ),
    ],
  ]);
  const chloe = await after.ledger.read((tx) => memberByHandle(tx, "chloe"));
  const asked = await deploy(after, { by: chloe as ActiveMember, requestId: "next", project: "next" });
  expect(asked.container.state).toBe("waiting");
  await after.end();
});

test("what runs in another run on another GPU, beside one that has its old GPU now: each has what it has", async () => {
  const before = await begun(database.url);
  const ana = await before.member("ana");
  const first = await running(before, ana, "moves");
  await before.end();
  backup = await backupOf(database);

  const since = await begun(database.url);
  await stop(since, { by: ana, which: { project: "moves" } });
  await settled(since, first.container.id, "stopped");
  await freeGpu(since, { by: ana, which: { project: "moves" } });
  await since.until(async () => (await held(since)).length === 0, "its GPU to be free");
  const other = await running(since, ana, "takes");
  expect(other.devices[0]!.id).toBe(first.devices[0]!.id);
  await run(since, { by: ana, which: { project: "moves" } });
  const moved = await settled(since, first.container.id, "running");
  expect(moved.devices[0]!.id).not.toBe(first.devices[0]!.id);
  const wasHeld = await held(since);
  await since.end();

  const after = await bot(backup.url);
  await afterRestore(after);
  after.start();
  await ready(after);
  await after.until(async () => (await is(after)).join() === "moves running,takes running", "both to run");
  expect(await held(after)).toEqual(wasHeld);
  await settledAndSound(after);
  await after.end();
});

test("every end that stands is told of anew: what was told before the backup counts for nothing", async () => {
  const lab = await endsLab();
  const { world, clock } = lab;
  const id = await lab.running(2);
  lab.passes(61);
  await lab.untilTold(id, ["first 1 accepted"]);
  lab.passes(45);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  await world.stop();
  clock.jump(20 * 60_000);
  await afterRestore(world);
  const [end] = await world.ledger.read(allArmedEnds);
  expect(end!.at.getTime() - clock.now().getTime()).toBeGreaterThan(14 * 60_000);
  const told = await world.ledger.read((tx) => tx.select().from(notices));
  expect(told.filter(({ endId }) => endId === end!.id)).toEqual([]);
  const all = await world.ledger.read((tx) => tx.select().from(ends));
  expect(all.map(({ state }) => state).sort()).toEqual(["armed", "moved"]);
  await lab.end();
});

test("a machine that does not answer: nothing is done to the ledger", async () => {
  const world = await begun(database.url);
  const ana = await world.member("ana");
  await running(world, ana, "vision");
  await world.stop();
  await world.ledger.write((tx) => tell(tx, "UANA", { kind: "note", text: "waits" }, new Date()));
  const unsent = async () =>
    (await world.ledger.read((tx) => tx.select().from(outbox))).filter(
      ({ setAsideAt }) => setAsideAt === null,
    ).length;
  const before = await unsent();
  world.engine.now.silent(true);
  await expect(afterRestore(world)).rejects.toThrow();
  world.engine.now.silent(false);
  expect(await unsent()).toBe(before);
  await world.end();
});
