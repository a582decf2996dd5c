import { afterAll, beforeAll, expect, test } from "vitest";
import { heldGpuHours } from "../../src/ledger/queries/leases.ts";
import { leases } from "../../src/ledger/schema.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { insertContainer } from "../support/ledger.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

let database: TestDatabase;
let world: MemoryWorld;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url);
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

test("hours held in the last 7 days: open and ended, slices by their weight, what lies before cut off", async () => {
  const now = new Date("2026-11-27T12:00:00Z");
  const since = new Date(now.getTime() - 7 * 24 * 3_600_000);
  const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const hours = await world.ledger.write(async (tx) => {
    const holder = await insertContainer(tx, "held");
    const other = await insertContainer(tx, "other");
    const lease = (of: typeof holder, weight: number, from: number, to: number | null, gpu: string) => ({
      ...of,
      run: 1,
      nodeId: "gpu1",
      deviceId: gpu,
      gpuUuid: gpu,
      part: "[0,8)",
      weight,
      grantedAt: ago(from),
      endedAt: to === null ? null : ago(to),
    });
    await tx.insert(leases).values([
      lease(holder, 1, 10, null, "a"), // 10
      lease(holder, 1, 30, 20, "b"), // 10
      lease(holder, 3 / 7, 14, 7, "c"), // 3
      lease(holder, 1, 7 * 24 + 5, 7 * 24 - 2, "d"), // 2
      lease(holder, 1, 500, 7 * 24 + 1, "e"), // 0
      lease(other, 1, 100, null, "f"),
    ]);
    return heldGpuHours(tx, holder.memberId, since, now);
  });
  expect(hours).toBeCloseTo(25, 3);
});
