import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView } from "../../src/containers/list.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { ready, settled, told } from "./steps.ts";

let database: TestDatabase;
let world: MemoryWorld;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url);
  world.start();
  await ready(world);
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

test("20 members deploy at the same instant on 4 free GPUs: 4 hold one each, 16 wait with a place and are told so", async () => {
  const members = await Promise.all(Array.from({ length: 20 }, (_, n) => world.member(`member${n}`)));
  const asked = await Promise.all(
    members.map((by, n) => deploy(world, { by, requestId: `crowd-${n}`, project: "vision" })),
  );

  const granted = asked.filter(({ container }) => container.state === "starting");
  const waiting = asked.filter(({ container }) => container.state === "waiting");
  expect([granted.length, waiting.length]).toEqual([4, 16]);
  expect(granted.map(({ devices }) => devices.length)).toEqual([1, 1, 1, 1]);
  expect(new Set(granted.flatMap(({ devices }) => devices.map(({ id }) => id))).size).toBe(4);
  expect(waiting.every(({ devices, container }) => devices.length === 0 && container.waitsFor)).toBe(true);

  for (const { container } of granted) await settled(world, container.id, "running");
  const now = await Promise.all(waiting.map(({ container }) => containerView(world, container.id)));
  expect(now.map((view) => view?.place).sort((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: 16 }, (_, n) => n + 1),
  );
  // Whoever asked first stands first.
  expect([...now].sort((a, b) => a!.container.id - b!.container.id).map((view) => view?.place)).toEqual(
    Array.from({ length: 16 }, (_, n) => n + 1),
  );
  for (const { container, member } of waiting) {
    expect(await told(world, member.slackUserId)).toEqual([{ kind: "card", containerId: container.id }]);
  }
  await settledAndSound(
    world,
    asked.map((_, n) => `crowd-${n}`),
  );
});
