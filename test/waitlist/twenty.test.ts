import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { retire } from "../../src/containers/stop.ts";
import { Refusal } from "../../src/errors.ts";
import { settledAndSound } from "../containers/invariants.ts";
import { ready, settled } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

let database: TestDatabase;
let world: MemoryWorld;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, {
    policy:
      "enrol: open\ngroups: { student: { max_gpu_equivalents: 2, max_containers: 30, max_memory_gib_total: null } }",
  });
  world.start();
  await ready(world);
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

test("one member with a limit of 2 fires 20 deploys at once: 2 run, 2 wait, 16 are refused; another's turn is not hindered, and what is freed goes to the first", async () => {
  const [ana, ben] = [await world.member("ana"), await world.member("ben")];
  const got = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      deploy(world, { by: ana, requestId: `fired-${n}`, project: `p${n}` }).catch((error: unknown) => {
        if (error instanceof Refusal) return error.reason;
        throw error;
      }),
    ),
  );
  const states = got.map((one) => (typeof one === "string" ? one : one.container.state));
  const count = (what: string) => states.filter((one) => one === what).length;
  expect([count("starting"), count("waiting"), count("too-many-waiting")]).toEqual([2, 2, 16]);
  const made = got.flatMap((one) => (typeof one === "string" ? [] : [one]));
  for (const { container } of made.filter((one) => one.container.state === "starting"))
    await settled(world, container.id, "running");

  // Two GPUs are free: whoever is at a limit is passed over, and keeps nobody waiting.
  expect((await deploy(world, { by: ben, requestId: "ben", project: "vision" })).container.state).toBe(
    "starting",
  );

  const [first, second] = made
    .filter((one) => one.container.state === "waiting")
    .sort(
      (a, b) =>
        a.container.standsAt.getTime() - b.container.standsAt.getTime() || a.container.id - b.container.id,
    );
  const running = made.find((one) => one.container.state === "starting")!;
  await retire(world, { by: ana, which: { containerId: running.container.id } });
  await settled(world, first!.container.id, "running");
  await settled(world, second!.container.id, "waiting");
  await settledAndSound(world);
});
