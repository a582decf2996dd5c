import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView } from "../../src/containers/list.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { swap } from "../../src/containers/swap.ts";
import { Refusal } from "../../src/errors.ts";
import type { ActiveMember, Wish } from "../../src/ledger/schema.ts";
import { putFirst } from "../../src/waitlist/put-first.ts";
import { waitsOf } from "../../src/waitlist/waits.ts";
import { settledAndSound } from "../containers/invariants.ts";
import { ready, settled, story } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** Something smaller in the same place: alone, and in the same instant as a grant, a leaving, another swap. */

let database: TestDatabase;
let world: MemoryWorld;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, { gpus: 2 });
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

const gpus = (n: number): Wish => ({ kind: "gpu", count: n });
const newMember = (): Promise<ActiveMember> => world.member(`swapper${++count}`);
const ask = async (by: ActiveMember, project: string, wish: Wish) =>
  (await deploy(world, { by, requestId: randomUUID(), project, wish })).container.id;
const now = async (id: number) => (await containerView(world, id))?.container;

/** One GPU of the two is in use, and somebody waits for both. */
async function scene() {
  const [holder, waiter] = [await newMember(), await newMember()];
  const held = await ask(holder, "held", gpus(1));
  await settled(world, held, "running");
  const waiting = await ask(waiter, "waits", gpus(2));
  return { holder, waiter, held, waiting };
}

async function clear(...own: [ActiveMember, number][]): Promise<void> {
  for (const [by, id] of own) {
    await retire(world, { by, which: { containerId: id } }).catch(() => undefined);
    await settled(world, id, "retired");
  }
}

const orReason = (error: unknown) => {
  if (error instanceof Refusal) return error.reason;
  throw error;
};

test("what could start now is told, starts, and kept its place: nothing of the asking but the wish changes", async () => {
  const { holder, waiter, held, waiting } = await scene();
  const { waits } = await world.ledger.read((tx) => waitsOf(tx, world, waiter.id));
  expect(waits[0]?.smaller).toEqual([
    { wish: gpus(1), hours: 8 },
    { wish: { kind: "cpu" }, hours: 8 },
  ]);
  const before = await now(waiting);
  const view = await swap(world, { by: waiter, which: { project: "waits" }, wish: gpus(1) });
  expect(view.container).toMatchObject({ state: "starting", wish: gpus(1), hours: 8 });
  expect(view.container.standsAt).toEqual(before?.standsAt);
  expect(await story(world, waiting)).toEqual(expect.arrayContaining(["asked", "swapped", "granted"]));
  await clear([holder, held], [waiter, waiting]);
});

test("what can't start now changes nothing, and nothing is on record", async () => {
  const { holder, waiter, held, waiting } = await scene();
  const other = await newMember();
  const second = await ask(other, "second", gpus(1));
  await settled(world, second, "running");
  await expect(swap(world, { by: waiter, which: { project: "waits" }, wish: gpus(1) })).rejects.toMatchObject(
    { reason: "not-free-any-more" },
  );
  expect(await now(waiting)).toMatchObject({ state: "waiting", wish: gpus(2) });
  expect(await story(world, waiting)).toEqual(["asked"]);
  await clear([holder, held], [other, second], [waiter, waiting]);
});

test("swap ∥ grant: it starts once, with what it was granted or with what it was swapped for", async () => {
  const { holder, waiter, held, waiting } = await scene();
  const [swapped] = await Promise.all([
    swap(world, { by: waiter, which: { project: "waits" }, wish: gpus(1) }),
    stop(world, { by: holder, which: { containerId: held }, frees: true }),
  ]);
  expect(swapped.container.state).toBe("starting");
  const view = await settled(world, waiting, "running");
  expect(view.devices).toHaveLength(view.container.wish.kind === "gpu" ? view.container.wish.count : 0);
  expect((await story(world, waiting)).filter((what) => what === "granted")).toHaveLength(1);
  await clear([holder, held], [waiter, waiting]);
});

test("swap after the grant changes nothing", async () => {
  const { holder, waiter, held, waiting } = await scene();
  await stop(world, { by: holder, which: { containerId: held }, frees: true });
  await settled(world, waiting, "running");
  const view = await swap(world, { by: waiter, which: { containerId: waiting }, wish: gpus(1) });
  expect(view.container).toMatchObject({ state: "running", wish: gpus(2) });
  await clear([holder, held], [waiter, waiting]);
});

test("swap ∥ leave: it left, or it started; never both", async () => {
  for (let round = 0; round < 6; round++) {
    const { holder, waiter, held, waiting } = await scene();
    const leave = () => stop(world, { by: waiter, which: { containerId: waiting } }).catch(orReason);
    const change = () =>
      swap(world, { by: waiter, which: { containerId: waiting }, wish: gpus(1) }).catch(orReason);
    const [swapped] = await Promise.all(round % 2 ? [change(), leave()] : [leave(), change()].reverse());
    const happened = await story(world, waiting);
    if (happened.includes("left")) expect(happened).not.toContain("granted");
    else expect(happened).toContain("granted");
    if (typeof swapped === "string") expect(swapped).toBe("no-container");
    await clear([holder, held], [waiter, waiting]);
  }
});

test("swap ∥ swap: the first counts, the second finds it started", async () => {
  const { holder, waiter, held, waiting } = await scene();
  const to = (wish: Wish) => swap(world, { by: waiter, which: { containerId: waiting }, wish });
  const [one, other] = await Promise.all([to(gpus(1)), to({ kind: "cpu" })]);
  expect(one.container.wish).toEqual(other.container.wish);
  expect((await story(world, waiting)).filter((what) => what === "swapped")).toHaveLength(1);
  await clear([holder, held], [waiter, waiting]);
});

test("two admins put one request first at once: one does, the other is told that it was done", async () => {
  const { holder, waiter, held, waiting } = await scene();
  const put = (byName: string) =>
    putFirst(world, { request: "waits", reason: "demo", actor: `member:${byName}`, byName });
  const [one, other] = await Promise.all([put("dmitri").catch(orReason), put("eve").catch(orReason)]);
  expect([one, other].filter((got) => got === "first-already")).toHaveLength(1);
  expect(await now(waiting)).toMatchObject({
    firstBecause: expect.stringMatching(/^demo \((dmitri|eve)\)$/),
  });
  await clear([holder, held], [waiter, waiting]);
});
