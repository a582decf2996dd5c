import { randomBytes } from "node:crypto";
import { chmod } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import pg from "pg";
import pino from "pino";
import { inject } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { type Embedded, startEmbedded, stopEmbedded } from "../../src/ledger/embedded.ts";
import { migrate } from "../../src/ledger/migrate.ts";

export type TestDatabase = { url: string; drop(): Promise<void> };

/** Copied once per machine and user, not once per run. */
const testCopies = join(tmpdir(), `berth-test-postgres-${userInfo().uid}`);

/** Migrated databases that nobody uses at the moment, of all files that this worker runs. */
const spare: { name: string; shape: string }[] = [];

/**
 * A migrated database of its own, empty, on the one server of this test run: one that an earlier test gave back, or a copy
 * of a template, in 0.1 s. Call it once a file (`beforeAll`) and `drop` it at the end.
 */
export async function freshDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const { name, shape } = spare.pop() ?? (await copyOfTemplate(server.url));
  const url = urlOf(server.url, name);
  return {
    url,
    async drop() {
      await onServer(server.url, (client) =>
        client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]),
      );
      if (await isEmptied(url, shape)) spare.push({ name, shape });
      else await onServer(server.url, (client) => client.query(`drop database ${name} with (force)`));
    },
  };
}

async function copyOfTemplate(serverUrl: string): Promise<{ name: string; shape: string }> {
  const name = `t_${randomBytes(8).toString("hex")}`;
  await onServer(serverUrl, async (client) => {
    await makeTemplate(client, serverUrl);
    // Much cheaper than through the log, where nothing is promised to a power cut.
    await client.query(`create database ${name} template ${templateName} strategy file_copy`);
  });
  const url = urlOf(serverUrl, name);
  return { name, shape: await onServer(url, shapeOf) };
}

/** What a test may have changed but for rows: such a database is nobody else's. */
async function shapeOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ shape: string }>(`
    select concat_ws(' ',
      (select count(*) from pg_class), (select count(*) from pg_attribute), (select count(*) from pg_trigger),
      (select count(*) from pg_constraint), (select count(*) from pg_proc)) as shape`);
  return rows[0]?.shape ?? "";
}

/** As if nobody had ever been there; false: it is another one than it was. */
async function isEmptied(url: string, shape: string): Promise<boolean> {
  return await onServer(url, async (client) => {
    if ((await shapeOf(client)) !== shape) return false;
    const { rows } = await client.query<{ name: string }>(
      "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
    );
    // Events refuse to be emptied, but for whoever says that triggers are of no concern.
    await client.query("set session_replication_role = replica");
    await client.query(`truncate ${rows.map(({ name }) => name).join(", ")} restart identity`);
    return true;
  });
}

/** A backup: the database as it is, under another name. Whoever is connected to it is cut off. */
export async function backupOf(database: TestDatabase): Promise<TestDatabase> {
  const server = await testServer();
  const name = `b_${randomBytes(8).toString("hex")}`;
  await copy(server.url, nameOf(database), name);
  return {
    url: urlOf(server.url, name),
    drop: () =>
      onServer(server.url, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** The database becomes what its backup is. */
export async function restore(database: TestDatabase, backup: TestDatabase): Promise<void> {
  const server = await testServer();
  await onServer(server.url, (client) => client.query(`drop database ${nameOf(database)} with (force)`));
  await copy(server.url, nameOf(backup), nameOf(database));
}

async function copy(serverUrl: string, from: string, to: string): Promise<void> {
  await onServer(serverUrl, async (client) => {
    await client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [from]);
    await client.query(`create database ${to} template ${from} strategy file_copy`);
  });
}

function nameOf({ url }: TestDatabase): string {
  return /@\/(\w+)\?/.exec(url)?.[1] ?? "";
}

/** An empty one, without tables. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const name = `e_${randomBytes(8).toString("hex")}`;
  await onServer(server.url, (client) => client.query(`create database ${name}`));
  return {
    url: urlOf(server.url, name),
    drop: () =>
      onServer(server.url, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

const templateName = "template_berth";

/** Whoever comes first makes it, under a lock; it has its name when it is whole. */
async function makeTemplate(client: pg.Client, serverUrl: string): Promise<void> {
  await client.query("select pg_advisory_lock(1)");
  try {
    const found = await client.query("select from pg_database where datname = $1", [templateName]);
    if (found.rowCount) return;
    const unfinished = `${templateName}_unfinished`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await promiseNothing(client);
    await client.query(`create database ${unfinished}`);
    await migrate({ url: urlOf(serverUrl, unfinished) });
    await client.query(`alter database ${unfinished} rename to ${templateName}`);
  } finally {
    await client.query("select pg_advisory_unlock(1)");
  }
}

/** What a test writes need not outlive a power cut; without it a database is made and dropped in a tenth of the time. */
export async function promiseNothing(client: pg.Client): Promise<void> {
  for (const setting of ["fsync", "full_page_writes", "synchronous_commit"])
    await client.query(`alter system set ${setting} = off`);
  await client.query("select pg_reload_conf()");
}

async function testServer(): Promise<Embedded> {
  const stateDir = inject("postgresStateDir");
  if (!stateDir)
    throw new Error("vitest.config.ts must name test/support/global-postgres.ts as a globalSetup.");
  return await startTestServer(stateDir);
}

export async function startTestServer(stateDir: string): Promise<Embedded> {
  // mkdtemp's folder lets nobody else in, and as root the server has a user of its own.
  await chmod(stateDir, 0o755);
  return await startEmbedded({ stateDir, copies: testCopies, clock: wallClock, log: silent });
}

export async function stopTestServer(stateDir: string): Promise<void> {
  await stopEmbedded({ stateDir, copies: testCopies, clock: wallClock, log: silent });
}

export const silent = pino({ level: "silent" });

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server, another database. */
function urlOf(serverUrl: string, database: string): string {
  return serverUrl.replace("@/berth?", `@/${database}?`);
}
