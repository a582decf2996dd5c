import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import pg from "pg";
import pino from "pino";
import { wallClock } from "../src/clock.ts";
import { startEmbedded } from "../src/ledger/embedded.ts";
import { migrate } from "../src/ledger/migrate.ts";

/** A server for one run, with the settings of the real one; gone with all its databases at `stop`. */
export type Postgres = {
  /** The URL of a new, migrated database. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
};

export async function startPostgres(): Promise<Postgres> {
  const stateDir = await mkdtemp(join(tmpdir(), "berth-bench-postgres-"));
  // As root the server has a user of its own, whom mkdtemp's folder would not let in.
  await chmod(stateDir, 0o755);
  const copies = join(tmpdir(), `berth-test-postgres-${userInfo().uid}`);
  const server = await startEmbedded({ stateDir, copies, clock: wallClock, log: pino({ level: "silent" }) });
  return {
    async database(name) {
      const client = await connect(server.url);
      await client.query(`create database ${name}`);
      await client.end();
      const url = server.url.replace("@/berth?", `@/${name}?`);
      await migrate({ url });
      return url;
    },
    async stop() {
      await server.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** One plain connection. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  await client.connect();
  return client;
}
