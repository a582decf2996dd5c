import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { sampleUse } from "../../src/jobs/sample-use.ts";
import { useHours, useMinutes } from "../../src/ledger/idle-tables.ts";
import { trim } from "../../src/ledger/queries/trim.ts";
import { minutesSince } from "../../src/ledger/queries/use.ts";
import type { Container, Wish } from "../../src/ledger/schema.ts";

import { ready, settled } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** Every quarter minute what runs is looked at, and each minute that is over is a row. */

const clock = jumpingClock();
let database: TestDatabase;
let world: MemoryWorld;
let job: ReturnType<typeof sampleUse>;
let whole: Container;
let slice: Container;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, { clock, gpus: [{}, { slices: ["3g.20gb"] }] });
  world.start();
  await ready(world);
  const by = await world.member("ana", "researcher");
  const runs = async (project: string, wish: Wish) => {
    const { container } = await deploy(world, { requestId: randomUUID(), by, project, wish });
    return (await settled(world, container.id, "running")).container;
  };
  whole = await runs("vision", { kind: "gpu", count: 1 });
  slice = await runs("nlp", { kind: "mig", profile: "3g.20gb" });
  await world.stop();
  job = sampleUse(world.node);
});
afterAll(async () => {
  await world?.end();
  await database?.drop();
});

async function passes(minutes: number, each: () => void = () => undefined): Promise<void> {
  for (let i = 0; i < minutes * 4; i++) {
    clock.jump(15_000);
    each();
    await job.run(world, new AbortController().signal);
  }
}

/** Those of the last minutes, the newest first. */
async function minutes(container: Container) {
  const rows = await world.ledger.read((tx) => minutesSince(tx, container, new Date(0)));
  return rows.toReversed();
}

test("a minute that is over is written down, with what each device did", async () => {
  const device = world.host.deviceIds()[0]!;
  world.host.load(device, 80);
  world.host.compute(device, { containerId: whole.engineId!, memoryMiB: 2048 });
  let cpuSeconds = 0;
  await passes(3, () => {
    cpuSeconds += 30;
    world.host.uses(whole.engineId!, { cpuSeconds, netBytes: cpuSeconds * 1000, memoryBytes: 3 * 1024 ** 3 });
  });
  const [newest] = await minutes(whole);
  expect(newest).toMatchObject({
    run: 1,
    sign: "active",
    devices: [{ id: device, sign: "active", usePercent: 80, memoryMiB: 2048 }],
    memoryMiB: 3072,
    failed: [],
    isSevered: false,
  });
  expect(newest?.cpuSeconds).toBeCloseTo(120, 0);
  expect(newest?.bytes).toBeGreaterThan(110_000);
  expect((await minutes(slice))[0]).toMatchObject({
    sign: "idle",
    devices: [{ sign: "idle", usePercent: null }],
  });
});

test("on a slice the processes of this container count, and nobody else's", async () => {
  const device = world.host.deviceIds()[1]!;
  const others = world.host.compute(device, { containerId: whole.engineId!, memoryMiB: 4096 });
  await passes(2);
  expect((await minutes(slice))[0]).toMatchObject({ devices: [{ sign: "idle" }] });
  world.host.end(others);
  const own = world.host.compute(device, { containerId: slice.engineId!, memoryMiB: 4096 });
  let cpuSeconds = 0;
  await passes(2, () => {
    cpuSeconds += 2;
    world.host.processUses(own, cpuSeconds);
  });
  expect((await minutes(slice))[0]).toMatchObject({ devices: [{ sign: "active", memoryMiB: 4096 }] });
});

test("typed input is in its minute", async () => {
  await passes(1, () => world.host.uses(slice.engineId!, { inputAt: clock.now() }));
  await passes(2);
  expect((await minutes(slice)).slice(0, 4).some(({ hasInput }) => hasInput)).toBe(true);
});

test("a silent machine makes a minute unknown, and ends no round", async () => {
  world.host.silent(true);
  await passes(3);
  world.host.silent(false);
  expect((await minutes(whole))[0]).toMatchObject({ sign: "unknown", failed: ["gpu", "cpu", "net"] });
});

test("a pid that is not right any more is asked for once more", async () => {
  world.host.load(world.host.deviceIds()[0]!, 0);
  world.host.uses(whole.engineId!, {});
  await passes(3);
  expect((await minutes(whole))[0]).toMatchObject({ sign: "idle", failed: [] });
  await world.engine.stop(whole.engineId!, 0);
  await world.engine.start(whole.engineId!);
  world.host.uses(whole.engineId!, undefined);
  await passes(2);
  expect((await minutes(whole))[0]).toMatchObject({ sign: "unknown", failed: ["cpu", "net"] });
  world.host.uses(whole.engineId!, {});
  await passes(3);
  expect((await minutes(whole))[0]).toMatchObject({ sign: "idle", failed: [] });
});

test("another process of the bot does not know the minute in which it starts, and goes on with the next", async () => {
  const before = (await minutes(whole)).length;
  job = sampleUse(world.node);
  await passes(3);
  const rows = await minutes(whole);
  expect(rows.length).toBeGreaterThan(before);
  expect(rows[0]).toMatchObject({ failed: [], isSevered: false });
});

test("where the clock was set back what lies ahead goes, and the first minute says so", async () => {
  clock.set(-30 * 60_000);
  await passes(3);
  const rows = await minutes(whole);
  expect(rows[0]!.at.getTime()).toBeLessThanOrEqual(clock.now().getTime());
  expect(rows.slice(0, 4).some(({ isSevered }) => isSevered)).toBe(true);
});

test("after a week minutes are hours, and after a quarter of a year nothing", async () => {
  const [newest] = await minutes(whole);
  const hour = new Date("2026-11-20T10:00:00Z");
  const row = (minute: number, over: object) => ({
    ...newest!,
    at: new Date(hour.getTime() + minute * 60_000),
    sign: "idle" as const,
    cpuSeconds: 1,
    bytes: 10,
    isSevered: false,
    ...over,
  });
  const device = { id: "GPU-0", sign: "active" as const, usePercent: 70, memoryMiB: 1 };
  await world.ledger.write(async (tx) => {
    await tx.delete(useMinutes);
    await tx
      .insert(useMinutes)
      .values([
        row(0, {}),
        row(1, { sign: "active", devices: [device] }),
        row(59, { sign: "unknown" }),
        row(60, {}),
      ]);
  });
  const after = (days: number, minutes = 0) =>
    new Date(hour.getTime() + days * 24 * 3_600_000 + minutes * 60_000);
  const kept = () =>
    world.ledger.read((tx) => tx.select().from(useHours).where(eq(useHours.containerId, whole.id)));
  await world.ledger.write((tx) => trim(tx, after(7, 59)));
  expect(await kept()).toEqual([]);
  await world.ledger.write((tx) => trim(tx, after(7, 61)));
  await world.ledger.write((tx) => trim(tx, after(7, 62)));
  expect(await kept()).toEqual([
    {
      containerId: whole.id,
      at: hour,
      activeMinutes: 1,
      idleMinutes: 1,
      unknownMinutes: 1,
      maxUsePercent: 70,
      cpuSeconds: 3,
      bytes: 30,
    },
  ]);
  expect((await minutes(whole)).length).toBe(1);
  await world.ledger.write((tx) => trim(tx, after(90, 30)));
  expect((await kept()).map(({ at }) => at)).toEqual([new Date(hour.getTime() + 3_600_000)]);
});
