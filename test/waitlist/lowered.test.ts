import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { run } from "../../src/containers/run.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { events } from "../../src/ledger/event-table.ts";
import type { Limits } from "../../src/policy/policy.ts";
import { lineNow } from "../../src/waitlist/shown.ts";
import { settledAndSound } from "../containers/invariants.ts";
import { ready, sentences, settled, story } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** Limits lowered while something waits or is stopped: what was asked for is judged again by what is in force. */
let database: TestDatabase;
let world: MemoryWorld;

beforeEach(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, { gpus: 2, policy: "enrol: open" });
  world.start();
  await ready(world);
});

afterEach(async () => {
  await settledAndSound(world);
  await world.end();
  await database.drop();
});

/** As the policy file would; the next commit serves the line by it. */
async function lower(limits: Partial<Limits>): Promise<void> {
  const before = world.policy.groups.student ?? {};
  world.policy.groups.student = { ...before, ...limits };
  await world.member(`passer-by-${randomUUID().slice(0, 8)}`);
}

const ask = async (handle: string, gpus: number, hours: number) => {
  const by = await world.member(handle);
  const wish = { kind: "gpu", count: gpus } as const;
  const { container } = await deploy(world, { by, requestId: randomUUID(), project: "p", wish, hours });
  return { by, id: container.id, state: container.state, which: { project: "p" } };
};

const inLine = async (id: number) =>
  (await world.ledger.read((tx) => lineNow(tx, world))).find(({ container }) => container.id === id);

test("more GPUs than its member may have by now: told in words, once, passed over, and started when it may", async () => {
  const chloe = await ask("chloe", 2, 8);
  const ana = await ask("ana", 2, 8);
  expect(ana.state).toBe("waiting");
  await settled(world, chloe.id, "running");
  await lower({ max_gpus_per_container: 1 });
  const words = "Your limit is 1 GPU in one container; you asked for 2.";
  const told = async () => (await sentences(world, "UANA")).filter((text) => text.includes(words));
  await world.until(async () => (await told()).length > 0, "ana to be told");
  await lower({});
  await lower({});
  expect(await told()).toHaveLength(1);
  expect((await told())[0]).toMatch(/^“p” can't start any more as you asked for it\./);
  expect(await inLine(ana.id)).toMatchObject({
    place: undefined,
    range: undefined,
    container: { passedOver: true, waitsFor: expect.stringContaining(words) },
  });

  await retire(world, { by: chloe.by, which: chloe.which });
  const ben = await ask("ben", 1, 8);
  await settled(world, ben.id, "running");
  await retire(world, { by: ben.by, which: ben.which });
  await settled(world, ben.id, "retired");
  expect((await inLine(ana.id))?.container.state).toBe("waiting");
  await lower({ max_gpus_per_container: 2 });
  await settled(world, ana.id, "running");
  expect(await story(world, ana.id)).toEqual(["asked", "limit-hinders", "granted", "running"]);
});

test("more hours than its member may have by now: it gets as many as it may, and is told", async () => {
  const chloe = await ask("chloe", 2, 8);
  const ana = await ask("ana", 2, 20);
  await settled(world, chloe.id, "running");
  await lower({ max_runtime_h: 12 });
  await retire(world, { by: chloe.by, which: chloe.which });
  const { container } = await settled(world, ana.id, "running");
  expect(container.hours).toBe(12);
  expect(container.endsAt!.getTime() - container.runningAt!.getTime()).toBe(12 * 3_600_000);
  expect(await sentences(world, "UANA")).toContainEqual(
    expect.stringMatching(/^“p” starts for 12 h instead of the 20 h you asked for/),
  );
  const seen = await world.ledger.read((tx) => tx.select().from(events).where(eq(events.what, "granted")));
  expect(seen.at(-1)?.evidence).toMatchObject({ hours: 12, hoursAsked: 20 });
});

test("what ran with more GPUs than its member may have by now does not run again in vain: refused, and stays stopped", async () => {
  const ana = await ask("ana", 2, 8);
  await settled(world, ana.id, "running");
  await stop(world, { ...ana, frees: true });
  await settled(world, ana.id, "stopped");
  await lower({ max_gpus_per_container: 1 });
  await expect(run(world, ana)).rejects.toMatchObject({
    reason: "gpus-above-limit",
    message: expect.stringMatching(/^“p” can't run as it is\. Your limit is 1 GPU/),
  });
  await settled(world, ana.id, "stopped");
});

test("what runs is not touched, and within the keep time it runs again as it was", async () => {
  const ana = await ask("ana", 2, 8);
  await settled(world, ana.id, "running");
  await stop(world, ana);
  await settled(world, ana.id, "stopped");
  await lower({ max_gpus_per_container: 1, max_runtime_h: 4 });
  expect((await run(world, ana)).container).toMatchObject({ state: "starting", hours: 8 });
  await settled(world, ana.id, "running");
});
