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

/**
 * A migrated database of its own, on the one server of this test run: the clone of a template, in 0.1 s. Call it once
 * a file (`beforeAll`) and `drop` it at the end.
 */
export async function freshDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const name = `t_${randomBytes(8).toString("hex")}`;
  await onServer(server.url, async (client) => {
    await makeTemplate(client, server.url);
    await client.query(`create database ${name} template ${templateName}`);
  });
  return {
    url: urlOf(server.url, name),
    drop: () =>
      onServer(server.url, (client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

/** An empty one, without tables. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const name = `e_${randomBytes(8).toString("hex")}`;
  await onServer(server.url, (client) => client.query(`create database ${name}`));
  return {
    url: urlOf(server.url, name),
    drop: () =>
      onServer(server.url, (client) => client.query(`drop database if exists ${name} with (force)`)),
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
async function promiseNothing(client: pg.Client): Promise<void> {
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

async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The same server, another database. */
function urlOf(serverUrl: string, database: string): string {
  return serverUrl.replace("@/berth?", `@/${database}?`);
}
