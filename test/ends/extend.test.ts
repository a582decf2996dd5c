import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { extend } from "../../src/ends/extend.ts";
import { sweep } from "../../src/ends/sweep.ts";
import type { OpenLedger } from "../../src/ledger/ledger.ts";
import { openPromise } from "../../src/ledger/queries/promises.ts";
import { pause } from "../../src/nodes/pause.ts";
import type { MemoryWorld } from "../support/memory-world.ts";
import { type EndsLab, endsLab } from "./lab.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function lab(options?: Parameters<typeof endsLab>[0]): Promise<EndsLab> {
  const opened = await endsLab(options);
  closing.push(opened.end);
  return opened;
}

test("nobody extends past a promise that counts on their memory, whatever devices it is about", async () => {
  const { world, ana, running, passes } = await lab({
    policy: `
enrol: open
nodes: { gpu1: { memory_gib: 100 } }
line: { promise_after_h: 2, handicap_max_h: 0 }
defaults: { max_containers: 9, memory_gib: 32, max_memory_gib_total: null, cpus: 1 }
`,
  });
  const [first, second, third] = [await running(4), await running(5), await running(6)];
  const ben = await world.member("ben");
  const wish = { kind: "gpu", count: 1 } as const;
  const asked = await deploy(world, { by: ben, requestId: randomUUID(), project: "waits", wish });
  expect(asked.container.waitsFor).toMatch(/The server has 4 GB of memory left/);
  passes(125);
  await world.until(() => world.ledger.read((tx) => openPromise(tx)), "the promise");

  const more = (containerId: number) =>
    extend(world, { by: ana, which: { containerId }, hours: 3, requestId: randomUUID() });
  // Whoever ends later was never counted on.
  await more(second);
  await more(third);
  const refused = {
    reason: "no-extension-possible",
    message: expect.stringMatching(/its memory is promised to somebody in the line, by ⟦\d+⟧/),
  };
  await expect(more(first)).rejects.toMatchObject(refused);
  // Nothing is granted from its machine now, as after a start of the bot before it was compared: it will be again.
  await pause(world, { by: { actor: "cli:dmitri", name: "dmitri" }, reason: "a look at the fans" });
  await expect(more(first)).rejects.toMatchObject(refused);
});

/** It was told in time, its end has come, and nobody has looked yet. */
async function due() {
  const opened = await lab();
  const { world, ana, clock, slack, running, passes, minutesLeft, untilTold } = opened;
  const activeSince = clock.now();
  const id = await running(2);
  passes((await minutesLeft(id)) - 14);
  await untilTold(id, ["last 1 accepted"]);
  await world.stop();
  passes(15.5);
  const reach = () => ({ ...slack.reach(), activeSince, clockJumpedAt: undefined });
  return {
    ...opened,
    id,
    stop: (in_: MemoryWorld) => sweep(in_, reach, new Set()),
    extend: (in_: MemoryWorld) =>
      extend(in_, { by: ana, which: { containerId: id }, hours: 2, requestId: randomUUID() }),
  };
}

/**
 * `first` has done its work and has not committed; only when `second` waits for the ledger's lock does it. What each came to.
 */
async function inThisOrder<A, B>(
  world: MemoryWorld,
  first: (world: MemoryWorld) => Promise<A>,
  second: (world: MemoryWorld) => Promise<B>,
) {
  const gate = Promise.withResolvers<void>();
  const isAtWork = Promise.withResolvers<void>();
  const held: OpenLedger = {
    ...world.ledger,
    transaction: (work, options) =>
      world.ledger.transaction(async (tx) => {
        const result = await work(tx);
        isAtWork.resolve();
        await gate.promise;
        return result;
      }, options),
  };
  const one = first({ ...world, ledger: held });
  await isAtWork.promise;
  const other = second(world);
  await world.until(() => someoneWaitsForTheLock(world), "the other to wait for the lock");
  gate.resolve();
  return Promise.allSettled([one, other]);
}

async function someoneWaitsForTheLock(world: MemoryWorld): Promise<boolean> {
  const waiting = sql`select 1 from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where locktype = 'advisory' and not granted and datname = current_database()`;
  return world.ledger.read(async (tx) => ((await tx.execute(waiting)).rowCount ?? 0) > 0);
}

test("Extend in the same instant as the stop, Extend first: it runs on", async () => {
  const { world, id, stop, extend, row, ends, minutesLeft } = await due();
  const [extended, swept] = await inThisOrder(world, extend, stop);
  expect([extended.status, swept.status]).toEqual(["fulfilled", "fulfilled"]);
  expect(await row(id)).toMatchObject({ state: "running", wanted: "running" });
  expect(await ends(id)).toEqual(["end moved", "end armed"]);
  expect(await minutesLeft(id)).toBeGreaterThan(110);
});

test("Extend in the same instant as the stop, the stop first: who extends is told that it stops", async () => {
  const { world, id, stop, extend, row, ends } = await due();
  const [swept, extended] = await inThisOrder(world, stop, extend);
  expect(swept.status).toBe("fulfilled");
  expect(extended).toMatchObject({
    status: "rejected",
    reason: { reason: "not-running", message: expect.stringMatching(/^“p1” is stopping already/) },
  });
  expect(await row(id)).toMatchObject({ wanted: "stopped", wantedBy: "end" });
  expect(await ends(id)).toEqual(["end done"]);
});
