import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { wallClock } from "../../src/clock.ts";
import { openLedger } from "../../src/ledger/connect.ts";
import type { OpenLedger } from "../../src/ledger/ledger.ts";
import { freshDatabase, silent } from "../support/database.ts";
import { chronicleTables } from "./chronicle.ts";

/** What one crowd after the other stands on: a database that writes down what happens in it, and a place for files. */
export type Ground = {
  url: string;
  /** The connections of the machine's shell, and of each bot: whoever is born in a dead one's place has the same. */
  ledgers: { shell: OpenLedger; bots: OpenLedger[] };
  /** Host keys are made once for each project's number, for all crowds: a program is started for each. */
  stateDir: string;
  /** As if nobody had ever been there; nobody may be, any more. */
  clear(): Promise<void>;
  end(): Promise<void>;
};

export async function ground(bots: 1 | 2): Promise<Ground> {
  const database = await freshDatabase();
  const stateDir = await mkdtemp(join(tmpdir(), "berth-test-crowd-"));
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const statement of chronicleTables()) await client.query(statement);
  const { rows } = await client.query<{ name: string }>(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
  );
  const all = rows.map(({ name }) => name).join(", ");
  // Events refuse to be emptied, but for whoever says that triggers are of no concern.
  await client.query("set session_replication_role = replica");
  const open = (checkEpoch: boolean) =>
    openLedger({ url: database.url, clock: wallClock, log: silent, checkEpoch });
  const ledgers = {
    shell: await open(false),
    bots: bots === 1 ? [await open(true)] : [await open(false), await open(false)],
  };
  return {
    url: database.url,
    ledgers,
    stateDir,
    async clear() {
      await client.query(`truncate ${all} restart identity`);
    },
    async end() {
      for (const ledger of [ledgers.shell, ...ledgers.bots]) await ledger.close();
      await client.end();
      await database.drop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
