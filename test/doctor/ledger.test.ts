import { afterAll, beforeAll, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { postgresCheck } from "../../src/doctor/postgres.ts";
import { postgresFacts } from "../../src/ledger/facts.ts";
import { emptyDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await emptyDatabase();
});
afterAll(() => database.drop());

test("a real Postgres is told with its version, its clock and the extension it could make", async () => {
  const facts = await postgresFacts(database.url, wallClock);
  expect(facts).toMatchObject({
    reachable: true,
    btreeGist: expect.stringMatching(/^(made|available)$/),
    mayCreate: true,
  });
  expect(await postgresCheck(async () => facts, "/var/lib/berth").run()).toEqual([
    { level: "ok", what: "ledger", says: expect.stringMatching(/^Postgres \d+ answers\.$/) },
  ]);
});

test("a clock that is off is seen", async () => {
  const late = { now: () => new Date(Date.now() - 10_000) };
  expect(await postgresCheck(() => postgresFacts(database.url, late), "/").run()).toContainEqual(
    expect.objectContaining({ level: "fault", says: expect.stringMatching(/s apart; Berth does not start/) }),
  );
});

test("one that does not answer is told without its password", async () => {
  const url = "postgres://berth:very-secret@127.0.0.1:9/berth";
  const findings = await postgresCheck(() => postgresFacts(url, wallClock), "/").run();
  expect(findings).toMatchObject([{ level: "fault", says: expect.stringMatching(/ECONNREFUSED/) }]);
  expect(JSON.stringify(findings)).not.toContain("very-secret");
});
