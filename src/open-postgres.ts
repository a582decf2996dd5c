import { join } from "node:path";
import { wallClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { type Postgres, whichPostgres } from "./ledger/which-postgres.ts";
import type { Log } from "./log.ts";

/** The ledger's server: the operator's, or one of our own below the state directory. */
export function openPostgres(config: Config, log: Log): Promise<Postgres> {
  return whichPostgres({ ...ledgerPlace(config, log), databaseUrl: config.databaseUrl });
}

export function ledgerPlace(config: Config, log: Log) {
  return { stateDir: join(config.settings.stateDir, "ledger"), clock: wallClock, log };
}
