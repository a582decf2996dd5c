import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, stop } from "../../src/containers/stop.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { freshDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { ready, settled } from "./steps.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** One has the memory of the whole machine, or all that its member may have. */
async function lab(limits: string): Promise<MemoryWorld> {
  const database = await freshDatabase();
  closing.push(database.drop);
  const world = await memoryWorld(database.url, { gpus: 2, policy: `enrol: open\ndefaults: ${limits}` });
  closing.push(world.end);
  world.start();
  await ready(world);
  return world;
}

async function stopped(world: MemoryWorld, by: ActiveMember): Promise<number> {
  const { container } = await deploy(world, { by, requestId: randomUUID(), project: "kept" });
  await settled(world, container.id, "running");
  await stop(world, { by, which: { project: "kept" } });
  await settled(world, container.id, "stopped");
  return container.id;
}

test.each([
  ["the machine", "{ memory_gib: 600, max_memory_gib_total: null }", /server has \d+ GB of memory left/],
  ["the member's limit", "{ memory_gib: 32, max_memory_gib_total: 40 }", /have 32 of your 40 GiB of memory/],
])("within the keep time Run always works: the memory of %s stays taken", async (_whose, limits, because) => {
  const world = await lab(limits);
  const ana = await world.member("ana");
  const kept = await stopped(world, ana);
  const other = await deploy(world, {
    by: ana,
    requestId: randomUUID(),
    project: "other",
    wish: { kind: "cpu" },
  });
  expect(other.container).toMatchObject({ state: "waiting", waitsFor: expect.stringMatching(because) });
  await run(world, { by: ana, which: { project: "kept" } });
  await settled(world, kept, "running");
  await settledAndSound(world);
});

test("with the keep time its memory is free too: what waits for it starts", async () => {
  const world = await lab("{ memory_gib: 600, max_memory_gib_total: null }");
  const [ana, ben] = [await world.member("ana"), await world.member("ben")];
  const kept = await stopped(world, ana);
  const asked = { by: ben, requestId: randomUUID(), project: "other", wish: { kind: "cpu" } } as const;
  const other = await deploy(world, asked);
  expect(other.container.state).toBe("waiting");
  await freeGpu(world, { by: ana, which: { containerId: kept } });
  await settled(world, other.container.id, "running");
  const again = await run(world, { by: ana, which: { containerId: kept } });
  expect(again.container.state).toBe("waiting");
  await settledAndSound(world);
});
