import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate, missingMigrations } from "../../src/ledger/migrate.ts";
import { emptyDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
/** A copy of the migrations, to be spoilt. */
let folder: string;

beforeEach(async () => {
  database = await emptyDatabase();
  folder = await mkdtemp(join(tmpdir(), "berth-migrations-"));
  await cp("migrations", folder, { recursive: true });
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

type Journal = {
  entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[];
};

test("twelve at once bring an empty database up to date, one of them does the work", async () => {
  const { entries } = await readJournal();
  expect(await missingMigrations({ url: database.url })).toBe(entries.length);
  const counts = await Promise.all(Array.from({ length: 12 }, () => migrate({ url: database.url })));
  expect(counts.filter((count) => count > 0)).toEqual([entries.length]);
  expect(await missingMigrations({ url: database.url })).toBe(0);
});

test("a migration that came later is applied, and only that", async () => {
  await migrate({ url: database.url });
  await addMigration("9000_later", Date.now() + 1_000_000, "create table later (id int)");
  expect(await migrate({ url: database.url, folder })).toBe(1);
  expect(await tables("later")).toBe(1);
});

test("a migration that was edited after it was applied is refused", async () => {
  await migrate({ url: database.url, folder });
  const { entries } = await readJournal();
  await appendFile(join(folder, `${entries[0]!.tag}.sql`), "\n-- edited");
  await expect(migrate({ url: database.url, folder })).rejects.toThrow("Migration 0 was edited");
});

test("an older migration that was added later is refused, and not left out silently", async () => {
  await migrate({ url: database.url, folder });
  const { entries } = await readJournal();
  await addMigration("0000_older", entries[0]!.when - 1000, "create table older (id int)", 0);
  await expect(migrate({ url: database.url, folder })).rejects.toThrow(
    "Migration 0 of this Berth is not the one",
  );
  expect(await tables("older")).toBe(0);
});

test("a database that is newer than the code is refused", async () => {
  await addMigration("9000_later", Date.now() + 1_000_000, "create table later (id int)");
  await migrate({ url: database.url, folder });
  await expect(migrate({ url: database.url })).rejects.toThrow("newer than this Berth");
  await expect(missingMigrations({ url: database.url })).rejects.toThrow("newer than this Berth");
});

test("a migration that fails leaves nothing behind, and nothing of it in the error", async () => {
  await addMigration(
    "9000_broken",
    Date.now() + 1_000_000,
    "create table half (id int);\n--> statement-breakpoint\nselect 1 / 0",
  );
  const failed = await migrate({ url: database.url, folder }).catch((error: Error) => error);
  expect(String(failed)).toContain("code 22012");
  expect(await tables("half")).toBe(0);
});

test("a database that lost a constraint written by hand is refused", async () => {
  await migrate({ url: database.url });
  await ask("alter table leases drop constraint leases_device_held_once");
  await expect(migrate({ url: database.url })).rejects.toThrow("lacks leases_device_held_once");
});

async function readJournal(): Promise<Journal> {
  return JSON.parse(await readFile(join(folder, "meta/_journal.json"), "utf8")) as Journal;
}

async function addMigration(tag: string, when: number, statements: string, at?: number): Promise<void> {
  const journal = await readJournal();
  const entry = { idx: 0, version: "7", when, tag, breakpoints: true };
  journal.entries.splice(at ?? journal.entries.length, 0, entry);
  await writeFile(join(folder, "meta/_journal.json"), JSON.stringify(journal));
  await writeFile(join(folder, `${tag}.sql`), statements);
}

async function tables(name: string): Promise<number> {
  return (await ask(`select from pg_tables where tablename = '${name}'`)).rowCount ?? 0;
}

async function ask(query: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return await client.query(query);
  } finally {
    await client.end();
  }
}
