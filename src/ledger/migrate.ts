import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { withoutStatement } from "./errors.ts";
import { missingHandWritten } from "./hand-written.ts";
import { lockArguments, migrationLock } from "./locks.ts";

const ourMigrations = fileURLToPath(new URL("../../migrations", import.meta.url));

type Where = { url: string; folder?: string };

/**
 * Brings the database to this version of Berth; returns how many migrations that took (0: it was up to date). Several
 * may run it at once. Throws a sentence, having changed nothing, if the database is newer than the code, or what was
 * applied to it is not what lies in the folder.
 */
export async function migrate({ url, folder = ourMigrations }: Where): Promise<number> {
  return await withClient(url, async (client) => {
    await client.query(`select pg_advisory_lock(${lockArguments(migrationLock)})`);
    const missing = await countMissing(client, folder);
    await createExtension(client);
    // It runs what is younger than the youngest applied, in one transaction, and says nothing of anything else.
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
    const lost = await missingHandWritten(client);
    if (lost.length > 0 && folder === ourMigrations) throw new Error(lostSentence(lost));
    return missing;
  });
}

/** How many migrations the database still needs. Throws the same sentences as `migrate`. */
export async function missingMigrations({ url, folder = ourMigrations }: Where): Promise<number> {
  return await withClient(url, (client) => countMissing(client, folder));
}

/** Without the limits of the pool: a migration of a large ledger takes as long as it takes. */
async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "berth migrate",
    connectionTimeoutMillis: 5000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    throw withoutStatement(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function countMissing(client: pg.Client, folder: string): Promise<number> {
  const rows = await applied(client);
  const files = readMigrationFiles({ migrationsFolder: folder });
  const difference = compare(rows, files);
  if (difference) throw new Error(difference);
  return files.length - rows.length;
}

/** The database's owner may do this; somebody else's right to it is better asked for in words. */
async function createExtension(client: pg.Client): Promise<void> {
  try {
    await client.query("create extension if not exists btree_gist");
  } catch {
    throw new Error(
      "The extension btree_gist could not be made in the ledger's database. Make it as its administrator " +
        "(CREATE EXTENSION btree_gist; on Debian and Ubuntu it is part of postgresql-<version>), then try again.",
    );
  }
}

type Applied = { hash: string; created_at: string };

async function applied(client: pg.Client): Promise<Applied[]> {
  const table = await client.query<{ found: boolean }>(
    "select to_regclass('drizzle.__drizzle_migrations') is not null as found",
  );
  if (!table.rows[0]?.found) return [];
  return (
    await client.query<Applied>("select hash, created_at from drizzle.__drizzle_migrations order by id")
  ).rows;
}

/** Row by row. The sentence that refuses, if the rows are not the beginning of the files. */
function compare(
  rows: readonly Applied[],
  files: readonly { hash: string; folderMillis: number }[],
): string | undefined {
  if (rows.length > files.length) {
    return (
      `The ledger's database is newer than this Berth: it has had ${rows.length} migrations, and this version knows ` +
      `${files.length}. Start the newer version, or restore the backup that was made before it.`
    );
  }
  for (const [at, row] of rows.entries()) {
    const file = files[at];
    if (!file || Number(row.created_at) !== file.folderMillis) {
      return `Migration ${at} of this Berth is not the one that the ledger's database has had in its place. Use the version of Berth that wrote it.`;
    }
    if (row.hash !== file.hash) {
      return `Migration ${at} was edited after the ledger's database had it. Put the file back as it was; a change needs a migration of its own.`;
    }
  }
  return undefined;
}

function lostSentence(names: readonly string[]): string {
  return `The ledger's database lacks ${names.join(", ")}, which keep it right. Do not start Berth on it: restore a backup, or make them again as the migrations do.`;
}
