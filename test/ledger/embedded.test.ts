import { chmod, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layout, socketFolder } from "../../src/ledger/postgres/layout.ts";
import { startTestServer, stopTestServer } from "../support/database.ts";

/** Servers of these tests' own: they are stopped and killed. */
let stateDir: string;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "berth-server-"));
});

afterEach(async () => {
  await stopTestServer(stateDir);
  await rm(stateDir, { recursive: true, force: true });
});

test("starts that come at the same time get one server, and a later one attaches to it", async () => {
  const started = await Promise.all([1, 2, 3].map(() => startTestServer(stateDir)));
  expect(started.map((one) => one.attached).sort()).toEqual([false, true, true]);
  expect(new Set(started.map((one) => one.url)).size).toBe(1);
  expect(await startTestServer(stateDir)).toMatchObject({ attached: true });
});

test("a server that was killed is started again, with what was committed", async () => {
  const { url } = await startTestServer(stateDir);
  await ask(url, "create table kept as select 42 as answer");
  process.kill(await serverPid(), "SIGKILL");
  const again = await startTestServer(stateDir);
  expect(again).toMatchObject({ url, attached: false });
  expect(await ask(url, "select answer from kept")).toEqual([{ answer: 42 }]);
});

test("a server that was stopped is started again, with the same password", async () => {
  const first = await startTestServer(stateDir);
  await first.stop();
  await expect(ask(first.url, "select 1")).rejects.toThrow();
  await first.stop();
  expect(await startTestServer(stateDir)).toMatchObject({ url: first.url, attached: false });
});

test("only a socket in a folder of its own leads to it, with a password, and it keeps what it committed", async () => {
  const { url } = await startTestServer(stateDir);
  const place = layout(stateDir, process.getuid?.() === 0);
  expect((await stat(place.sockets)).mode & 0o777).toBe(0o700);
  expect((await stat(place.password)).mode & 0o777).toBe(0o600);
  const password = await readFile(place.password, "utf8");
  await expect(ask(url.replace(password, "guess"), "select 1")).rejects.toMatchObject({ code: "28P01" });
  const settings = `select name, setting from pg_settings where name = any ('{listen_addresses,fsync,synchronous_commit,server_encoding,password_encryption}')`;
  const rows = (await ask(url, settings)) as { name: string; setting: string }[];
  expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
    listen_addresses: "",
    fsync: "on",
    synchronous_commit: "on",
    server_encoding: "UTF8",
    password_encryption: "scram-sha-256",
  });
  const ways = await ask(url, "select distinct auth_method from pg_hba_file_rules");
  expect(ways).toEqual([{ auth_method: "scram-sha-256" }]);
});

test("a path too long for a socket, with blanks and a quote in it", async () => {
  const long = join(stateDir, `a lab's "${"very ".repeat(20)}long" folder`);
  await chmod(stateDir, 0o755);
  await mkdir(long);
  const { url } = await startTestServer(long);
  expect(await ask(url, "select 1 as one")).toEqual([{ one: 1 }]);
  const sockets = socketFolder(join(long, "postgres"), process.getuid?.() === 0);
  expect(Buffer.byteLength(join(sockets, ".s.PGSQL.5432"))).toBeLessThanOrEqual(107);
  await stopTestServer(long);
  await rm(sockets, { recursive: true, force: true });
});

test.runIf(process.getuid?.() === 0)(
  "as root: a folder that keeps the server's user out is named in a sentence",
  async () => {
    await chmod(stateDir, 0o700);
    const closed = join(stateDir, "closed");
    await mkdir(closed);
    await expect(startTestServer(closed)).rejects.toThrow(/berth-postgres, who is not let into .*closed/);
  },
);

async function ask(url: string, query: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query(query)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function serverPid(): Promise<number> {
  const file = join(layout(stateDir, process.getuid?.() === 0).data, "postmaster.pid");
  return Number((await readFile(file, "utf8")).split("\n")[0]);
}
