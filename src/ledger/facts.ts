import pg from "pg";
import type { Clock } from "../world.ts";

/** What can be told of a Postgres without changing anything in it; `because` holds no password. */
export type PostgresFacts =
  | { reachable: false; because: string }
  | {
      reachable: true;
      /** `server_version_num`: 170002. */
      version: number;
      /** How far its clock is from ours; 0 where the answer took longer than the difference. */
      apartMs: number;
      btreeGist: "made" | "available" | "missing";
      /** Whether this user may make tables in this database. */
      mayCreate: boolean;
    };

/** Asks once, 5 s at most for each of connection and answer. Never throws for the server's sake. */
export async function postgresFacts(url: string, clock: Pick<Clock, "now">): Promise<PostgresFacts> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "berth doctor",
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
  });
  // Without a listener a connection that breaks would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const before = clock.now().getTime();
    const { rows } = await client.query<{
      version: number;
      ms: string;
      extension: string | null;
      create: boolean;
    }>(question);
    const after = clock.now().getTime();
    const [row] = rows;
    if (row === undefined) return { reachable: false, because: "it answered nothing" };
    const theirs = Number(row.ms);
    return {
      reachable: true,
      version: row.version,
      apartMs: theirs < before ? before - theirs : Math.max(0, theirs - after),
      btreeGist: row.extension === null ? "missing" : row.extension === "" ? "available" : "made",
      mayCreate: row.create,
    };
  } catch (error) {
    return { reachable: false, because: (error as Error).message };
  } finally {
    await client.end().catch(() => undefined);
  }
}

const question = `
  select current_setting('server_version_num')::int as version,
    (extract(epoch from clock_timestamp()) * 1000)::bigint as ms,
    (select coalesce(installed_version, '') from pg_available_extensions where name = 'btree_gist') as extension,
    has_database_privilege(current_user, current_database(), 'CREATE')
      and has_schema_privilege(current_user, 'public', 'CREATE') as create`;
