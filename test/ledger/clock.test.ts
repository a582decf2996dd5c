import { afterAll, beforeAll, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { openLedger } from "../../src/ledger/connect.ts";
import { freshDatabase, silent, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(async () => {
  await database.drop();
});

test.each([[-10], [10]])(
  "a clock that is %d s away from Postgres's is refused in a sentence",
  async (seconds) => {
    const opening = openLedger({ url: database.url, clock: clockOff(seconds), log: silent });
    await expect(opening).rejects.toThrow(/^The clock of the ledger's Postgres and .* differ by (9|10) s/);
  },
);

test.each([[-3], [3]])("a clock that is %d s away will do", async (seconds) => {
  const ledger = await openLedger({ url: database.url, clock: clockOff(seconds), log: silent });
  await ledger.close();
});

function clockOff(seconds: number) {
  return { ...wallClock, now: () => new Date(Date.now() + seconds * 1000) };
}
