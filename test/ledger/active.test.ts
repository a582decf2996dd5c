import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Active, becomeActive } from "../../src/ledger/active.ts";
import { activeBot, seenKeys } from "../../src/ledger/bot-tables.ts";
import { NotActive } from "../../src/ledger/errors.ts";
import type { OpenLedger } from "../../src/ledger/ledger.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { testLedger } from "../support/ledger.ts";

let database: TestDatabase;
/** Two bot processes, as the ledger sees them. */
let first: OpenLedger;
let second: OpenLedger;
const held: Active[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  first = await testLedger(database.url, { checkEpoch: true });
  second = await testLedger(database.url, { checkEpoch: true });
});

afterEach(async () => {
  for (const active of held.splice(0)) await active.release();
});

afterAll(async () => {
  await first.close();
  await second.close();
  await database.drop();
});

test("who is not the active bot can't write, but wish and read", async () => {
  await expect(note(first, "too early")).rejects.toThrow(NotActive);
  await first.write((tx) => tx.insert(seenKeys).values({ key: "a wish", at: new Date() }));
  expect(await first.read((tx) => tx.$count(seenKeys))).toBe(1);
});

test("the active bot writes; a standby waits and takes over when it is given back, in a new epoch", async () => {
  const active = await activate(first);
  await note(first, "written");
  let isStandby: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    isStandby = resolve;
  });
  const next = activate(second, { onStandby: isStandby });
  await waiting;
  await expect(note(second, "standby")).rejects.toThrow(NotActive);
  await active.release();
  expect((await next).epoch).toBe(active.epoch + 1);
  expect(active.signal.aborted).toBe(true);
  expect(await active.lost).toBe("it was given back");
  await note(second, "taken over");
  await expect(note(first, "stale")).rejects.toThrow(NotActive);
});

test("losing the connection of the lock ends it at once, also for a transaction that runs", async () => {
  const active = await activate(first);
  const running = first.transaction(async (tx) => {
    await tx.insert(seenKeys).values({ key: "half way", at: new Date() });
    await cutActiveConnections();
    expect(await active.lost).toContain("the connection that holds the lock");
  });
  await expect(running).rejects.toThrow(NotActive);
  expect(await isNoted("half way")).toBe(false);
  const again = await activate(first);
  expect(again.epoch).toBe(active.epoch + 1);
  await note(first, "again");
});

test("a bot that did not notice yet that another is active is refused by the epoch", async () => {
  const stale = await activate(first);
  // As the raise of another process: this one's connection and lock are untouched.
  await second.write((tx) => tx.update(activeBot).set({ epoch: stale.epoch + 1 }));
  expect(first.standing.epoch).toBe(stale.epoch);
  await expect(note(first, "by the stale bot")).rejects.toThrow(NotActive);
  expect(await isNoted("by the stale bot")).toBe(false);
});

test("waiting ends when it is no longer wanted", async () => {
  await activate(first);
  const stop = new AbortController();
  const next = becomeActive(second, { who: "test", signal: stop.signal, onStandby: () => stop.abort() });
  expect(await next).toBeUndefined();
});

async function activate(ledger: OpenLedger, options: { onStandby?: () => void } = {}): Promise<Active> {
  const active = await becomeActive(ledger, { who: "test", ...options });
  if (!active) throw new Error("It was told to stop waiting.");
  held.push(active);
  return active;
}

function note(ledger: OpenLedger, key: string): Promise<unknown> {
  return ledger.transaction((tx) => tx.insert(seenKeys).values({ key, at: new Date() }));
}

async function isNoted(key: string): Promise<boolean> {
  const rows = await first.read((tx) => tx.select().from(seenKeys));
  return rows.some((row) => row.key === key);
}

async function cutActiveConnections(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const cut = `select pg_terminate_backend(pid, 5000) from pg_stat_activity
               where datname = current_database() and application_name = 'berth (active)'`;
  await client.query(cut);
  await client.end();
}
