import { eq, isNull, sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seenKeys } from "../../src/ledger/bot-tables.ts";
import { brokenConstraint, LedgerFault, LedgerUnreachable } from "../../src/ledger/errors.ts";
import type { OpenLedger, Tx } from "../../src/ledger/ledger.ts";
import { members } from "../../src/ledger/member-table.ts";
import { leases } from "../../src/ledger/schema.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { insertContainer, insertLease, testLedger } from "../support/ledger.ts";

let database: TestDatabase;
let ledger: OpenLedger;
let other: OpenLedger;

beforeAll(async () => {
  database = await freshDatabase();
  ledger = await testLedger(database.url);
  other = await testLedger(database.url);
});

afterAll(async () => {
  await ledger.close();
  await other.close();
  await database.drop();
});

test("two writers with 25 clients each want 10 GPUs and at most one GPU a member: nobody gets more", async () => {
  const gpus = Array.from({ length: 10 }, (_, n) => `GPU-${n}`);
  const holders = await ledger.write(async (tx) => {
    const made = [];
    for (let n = 0; n < 25; n++) made.push(await insertContainer(tx, `member${n}`));
    return made;
  });
  // Reads, judges, writes: only right if nobody else does at the same time.
  const grant = (writer: OpenLedger, holder: (typeof holders)[number]) =>
    writer.transaction(async (tx) => {
      const open = await tx.select().from(leases).where(isNull(leases.endedAt));
      if (open.some((lease) => lease.memberId === holder.memberId)) return "has one";
      const free = gpus.find((gpu) => !open.some((lease) => lease.gpuUuid === gpu));
      if (!free) return "none free";
      await insertLease(tx, holder, free);
      return "granted";
    });
  const said = await Promise.all(
    [ledger, other].flatMap((writer) => holders.map((holder) => grant(writer, holder))),
  );
  expect(said.filter((one) => one === "granted")).toHaveLength(10);
  const open = await ledger.read((tx) => tx.select().from(leases).where(isNull(leases.endedAt)));
  expect(new Set(open.map((lease) => lease.gpuUuid)).size).toBe(10);
  expect(new Set(open.map((lease) => lease.memberId)).size).toBe(10);
});

test("a broken constraint is known by its name, and nothing of the statement is in the error", async () => {
  const error = await note(ledger, "secret-word")
    .then(() => note(ledger, "secret-word"))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LedgerFault);
  expect(brokenConstraint(error)).toBe("seen_keys_pkey");
  const everything = JSON.stringify(error, Object.getOwnPropertyNames(error)) + (error as Error).stack;
  expect(everything).not.toContain("secret-word");
  expect(everything).not.toMatch(/insert into/i);
  expect(everything).toContain("transaction.test.ts");
});

test("what its body throws rolls it back and is thrown as it is", async () => {
  const trouble = new Error("no");
  const thrown = ledger.transaction(async (tx) => {
    await tx.insert(seenKeys).values({ key: "rolled-back", at: new Date() });
    throw trouble;
  });
  await expect(thrown).rejects.toBe(trouble);
  expect(await isNoted(ledger, "rolled-back")).toBe(false);
});

test("a failed statement whose error was swallowed commits nothing and says so", async () => {
  const thrown = ledger.transaction(async (tx) => {
    await tx.insert(seenKeys).values({ key: "swallowed", at: new Date() });
    await tx.execute(sql`select 1 / 0`).catch(() => {});
  });
  await expect(thrown).rejects.toThrow("nothing was written");
  expect(await isNoted(ledger, "swallowed")).toBe(false);
});

test("a query after the end of its transaction fails instead of slipping into another one", async () => {
  let escaped: Tx | undefined;
  await ledger.transaction(async (tx) => {
    escaped = tx;
  });
  await expect(escaped!.select().from(members)).rejects.toThrow();
  const late = escaped!
    .select()
    .from(members)
    .catch((error: Error) => String(error.cause ?? error));
  expect(await late).toContain("The transaction is over");
});

test("a read sees one instant of the ledger and can't write", async () => {
  await note(ledger, "counted");
  const counts = await ledger.read(async (tx) => {
    const before = await tx.$count(seenKeys);
    await note(other, "in between");
    return [before, await tx.$count(seenKeys)];
  });
  expect(counts[0]).toBe(counts[1]);
  const writing = ledger.read((tx) => tx.insert(seenKeys).values({ key: "read", at: new Date() }));
  await expect(writing).rejects.toMatchObject({ code: "25006" });
});

test("listeners hear of a commit that changed a row, after it, and of nothing else", async () => {
  const heard: string[] = [];
  const stop = ledger.onCommit(() => heard.push("commit"));
  await ledger.read((tx) => tx.select().from(members));
  await ledger.transaction((tx) => tx.select().from(members));
  await ledger.transaction((tx) => tx.delete(seenKeys).where(eq(seenKeys.key, "not there")));
  await note(ledger, "counted").catch(() => {});
  expect(heard).toEqual([]);
  await ledger.transaction(async (tx) => {
    await tx.insert(seenKeys).values({ key: "heard", at: new Date() });
    expect(heard).toEqual([]);
  });
  expect(heard).toEqual(["commit"]);
  stop();
  await note(ledger, "unheard");
  expect(heard).toEqual(["commit"]);
});

test.each([["40001"], ["40P01"], ["57P01"]])(
  "a transaction that ends with %s is run again as a whole",
  async (code) => {
    let runs = 0;
    await ledger.transaction(async (tx) => {
      runs++;
      await tx.insert(seenKeys).values({ key: `again-${code}`, at: new Date() });
      if (runs < 3) await raise(tx, code);
    });
    expect(runs).toBe(3);
    expect(await isNoted(ledger, `again-${code}`)).toBe(true);
  },
);

test("the tries have a limit", async () => {
  let runs = 0;
  const failing = ledger.transaction(async (tx) => {
    runs++;
    await raise(tx, "40001");
  });
  await expect(failing).rejects.toThrow(LedgerUnreachable);
  await expect(failing).rejects.toThrow(
    "The ledger is not reachable; nothing is lost; try again in a minute.",
  );
  expect(runs).toBe(6);
});

test("an error that another try would repeat is not tried again", async () => {
  let runs = 0;
  const failing = ledger.transaction(async (tx) => {
    runs++;
    await tx.execute(sql`select 1 / 0`);
  });
  await expect(failing).rejects.toMatchObject({ code: "22012" });
  expect(runs).toBe(1);
});

test("a transaction whose connection is cut is run again on another one", async () => {
  let runs = 0;
  await ledger.transaction(async (tx) => {
    runs++;
    await tx.insert(seenKeys).values({ key: "cut", at: new Date() });
    if (runs === 1) await cut(await pidOf(tx));
  });
  expect(runs).toBe(2);
  expect(await isNoted(ledger, "cut")).toBe(true);
});

function note(writer: OpenLedger, key: string): Promise<unknown> {
  return writer.transaction((tx) => tx.insert(seenKeys).values({ key, at: new Date() }));
}

async function isNoted(writer: OpenLedger, key: string): Promise<boolean> {
  return (await writer.read((tx) => tx.select().from(seenKeys).where(eq(seenKeys.key, key)))).length === 1;
}

async function raise(tx: Tx, code: string): Promise<void> {
  await tx.execute(sql.raw(`do $$ begin raise exception 'made by a test' using errcode = '${code}'; end $$`));
}

async function pidOf(tx: Tx): Promise<number> {
  const found = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return found.rows[0]!.pid;
}

async function cut(pid: number): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("select pg_terminate_backend($1, 5000)", [pid]);
  await client.end();
}
