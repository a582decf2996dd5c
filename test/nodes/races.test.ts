import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { events } from "../../src/ledger/event-table.ts";
import { openDrains } from "../../src/ledger/queries/drains.ts";
import { leases } from "../../src/ledger/schema.ts";
import { asLogin } from "../../src/members/acting.ts";
import { drain, drainOff } from "../../src/nodes/drain.ts";
import { pause, pauseOff } from "../../src/nodes/pause.ts";
import { ready } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

// Members ask by one process, an admin drains by another: as a bot and a shell do.
let database: TestDatabase;
let bot: MemoryWorld;
let shell: MemoryWorld;
const rounds = process.env.BERTH_LONG ? 30 : 6;
const by = asLogin({ USER: "dmitri" });

beforeAll(async () => {
  database = await freshDatabase();
  bot = await memoryWorld(database.url, {
    gpus: 8,
    policy:
      "{ enrol: open, groups: { student: { max_gpu_equivalents: 99, max_containers: 99, max_waiting: 99, max_memory_gib_total: 9999 } } }",
  });
  shell = await memoryWorld(database.url, { checkEpoch: false, share: bot });
  bot.start();
  await ready(bot);
  await bot.stop();
});

afterAll(async () => {
  await shell?.end();
  await bot?.end();
  await database?.drop();
});

/** Numbers of events are given under the ledger's lock: their order is the order of commits. */
async function grantedAfter(begun: string): Promise<{ granted: number; after: (string | null)[] }> {
  const rows = await bot.ledger.read((tx) => tx.select().from(events).orderBy(events.id));
  const at = rows.findLast(({ what }) => what === begun)?.id ?? 0;
  const grants = rows.filter(({ what }) => what === "granted");
  return { granted: grants.length, after: grants.filter(({ id }) => id > at).map(({ because }) => because) };
}

/** As if every container had ended at once. */
async function clear(): Promise<void> {
  await bot.ledger.write(async (tx) => {
    await tx.update(leases).set({ endedAt: new Date() });
    await tx.execute("update containers set state = 'retired', wanted = 'retired', waits_for = null");
  });
}

test.each([
  [
    "a drain of the server",
    "drain-begun",
    (world: MemoryWorld) => drain(world, { by, target: {}, reason: "disks" }),
  ],
  ["a pause", "pause-begun", (world: MemoryWorld) => pause(world, { by, reason: "driver" })],
])("after the commit of %s nothing is granted, however many ask in that instant", async (_, begun, halt) => {
  let before = 0;
  for (let round = 0; round < rounds; round++) {
    const member = await bot.member(`racer${begun.slice(0, 2)}${round}`);
    const asking = Array.from({ length: 6 }, (_, i) =>
      deploy(bot, { by: member, requestId: randomUUID(), project: `p${i}` }),
    );
    await Promise.all([...asking.slice(0, 1 + (round % 6)), halt(shell)]);
    await Promise.all(asking);
    const { granted, after } = await grantedAfter(begun);
    expect(after).toEqual([]);
    before = granted;
    await pauseOff(shell, { by });
    for (const _ of await shell.ledger.read(openDrains)) await drainOff(shell, { by, target: {} });
    await clear();
  }
  // The race was one: some were faster than the admin.
  expect(before).toBeGreaterThan(0);
});

test("of two admins in the same instant one is first, and the other is told", async () => {
  for (let round = 0; round < rounds; round++) {
    const both = await Promise.all([
      pause(bot, { by, reason: "mine" }),
      pause(shell, { by: asLogin({ USER: "chloe" }), reason: "mine" }),
    ]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(["already", "begun"]);
    expect(both[0]?.pause.id).toBe(both[1]?.pause.id);
    const ended = await Promise.all([pauseOff(bot, { by }), pauseOff(shell, { by })]);
    expect(ended.filter((one) => one === undefined)).toHaveLength(1);
  }
});
