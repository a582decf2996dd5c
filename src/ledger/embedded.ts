import { mkdir, readFile } from "node:fs/promises";
import pg from "pg";
import type { Log } from "../log.ts";
import type { Clock } from "../world.ts";
import { requireReachable, serverAccount } from "./postgres/account.ts";
import { type Layout, layout } from "./postgres/layout.ts";
import { choosePrograms } from "./postgres/programs.ts";
import { createData, isThere, startServer, stopServer } from "./postgres/server.ts";
import { withStartLock } from "./postgres/start-lock.ts";

export type Embedded = {
  /** Holds the password: never to be logged. */
  readonly url: string;
  /** True if the server was running already. */
  readonly attached: boolean;
  /** Stops the server, whoever started it: for whoever knows that nobody else uses the same state directory. */
  stop(): Promise<void>;
};

export type EmbeddedOptions = {
  /** Absolute. Made if it isn't there. If we are root, other users must be let into every folder on the way to it. */
  stateDir: string;
  log: Log;
  clock: Clock;
  /** Where the npm package's programs are copied to; `<stateDir>/postgres` if left out. */
  copies?: string;
};

/**
 * The ledger's own Postgres server, reachable only through a Unix socket. Cold 2 s, warm 0.3 s; attaches to one that
 * runs already in 0.05 s; clears up after one that was killed, so it is also what to call when the server has gone.
 * The server outlives us until `stop`. Several callers may start it at once. Throws a sentence for the operator if it
 * can't be had.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { stateDir, log, clock } = options;
  const place = layout(stateDir, process.getuid?.() === 0);
  const stop = () => stopEmbedded(options);
  const running = await attach(place);
  if (running) return { url: running, attached: true, stop };

  await mkdir(place.base, { recursive: true, mode: 0o755 });
  return await withStartLock(place.lock, async () => {
    const startedMeanwhile = await attach(place);
    if (startedMeanwhile) return { url: startedMeanwhile, attached: true, stop };
    const account = await serverAccount(clock);
    await requireReachable(place.base, account);
    const programs = await choosePrograms(place.data, options.copies ?? place.base, account);
    await createData(place, programs, account);
    await startServer(place, programs, account, clock);
    const url = await createDatabase(place);
    log.info({ programs }, "the ledger's Postgres is running");
    return { url, attached: false, stop };
  });
}

/** Stops the server of that state directory, if there is one and it runs. */
export async function stopEmbedded(options: EmbeddedOptions): Promise<void> {
  const place = layout(options.stateDir, process.getuid?.() === 0);
  if (!(await isThere(place.data))) return;
  await withStartLock(place.lock, async () => {
    const account = await serverAccount(options.clock);
    const programs = await choosePrograms(place.data, options.copies ?? place.base, account);
    await stopServer(place, programs, account);
  });
}

/** The URL, if the server is up and lets us in. */
async function attach(place: Layout): Promise<string | undefined> {
  const password = await readFile(place.password, "utf8").catch(() => undefined);
  if (!password) return undefined;
  const url = socketUrl(place, password, "berth");
  const client = await connected(url).catch(() => undefined);
  await client?.end();
  return client ? url : undefined;
}

async function createDatabase(place: Layout): Promise<string> {
  const password = await readFile(place.password, "utf8");
  const client = await connected(socketUrl(place, password, "postgres"));
  try {
    const found = await client.query("select from pg_database where datname = 'berth'");
    if (found.rowCount === 0) await client.query("create database berth");
  } finally {
    await client.end();
  }
  return socketUrl(place, password, "berth");
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 3000,
    query_timeout: 30_000,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

function socketUrl(place: Layout, password: string, database: string): string {
  return `postgres://berth:${password}@/${database}?host=${encodeURIComponent(place.sockets)}`;
}
