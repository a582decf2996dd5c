import { wallClock } from "../clock.ts";
import { type Config, ConfigProblems, readConfig } from "../config.ts";
import { openLedger } from "../ledger/connect.ts";
import { LedgerUnreachable } from "../ledger/errors.ts";
import { missingMigrations } from "../ledger/migrate.ts";
import { createLog } from "../log.ts";
import { openPostgres } from "../open-postgres.ts";
import { defaultPolicy, type Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { makeRandom } from "../random.ts";
import type { World } from "../world.ts";

/**
 * A world for one command of the shell, beside the bot that runs or doesn't: its ledger, its settings, its policy, and no
 * machine. What is written must be a wish (`ledger.write`): the bot sees it within its slow tick of 5 s, or at its next
 * start. Throws a sentence for whoever typed it if the ledger can't be had.
 */
export async function withWorld<T>(use: (world: World) => Promise<T>): Promise<T> {
  const config = settings();
  // What went wrong is said at the end, in a sentence: an admin's terminal is no log.
  const log = createLog("fatal");
  const postgres = await openPostgres(config, log).catch((error: Error) => {
    throw new Error(`${unreachable(config)} ${error.message}`);
  });
  try {
    await refuseOtherVersion(postgres.url, config);
    const ledger = await openLedger({ url: postgres.url, clock: wallClock, log }).catch((error: Error) => {
      throw error instanceof LedgerUnreachable ? new Error(unreachable(config)) : error;
    });
    try {
      const policy = await policyInForce(config);
      return await use({
        ledger,
        nodes: new Map(),
        policy,
        catalogue: { images: [] },
        settings: config.settings,
        clock: wallClock,
        random: makeRandom(),
        log,
      });
    } finally {
      await ledger.close();
    }
  } finally {
    // Started for this command alone: a bot that attached to it meanwhile starts its own again.
    if (!postgres.attached) await postgres.stop();
  }
}

function settings(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error;
    throw new Error(
      `${error.message}\n\nA command by hand needs the bot's settings: set -a; . /etc/berth/berth.env; set +a`,
    );
  }
}

function unreachable({ databaseUrl, settings: { stateDir } }: Config): string {
  return databaseUrl
    ? "The ledger can't be reached: Postgres at DATABASE_URL does not answer. Nothing was changed."
    : `The ledger can't be reached: its Postgres below ${stateDir} does not answer. Nothing was changed.`;
}

async function refuseOtherVersion(url: string, config: Config): Promise<void> {
  const missing = await missingMigrations({ url }).catch((error: Error) => {
    throw new Error("code" in error ? unreachable(config) : error.message);
  });
  if (missing > 0)
    throw new Error(
      "The ledger's tables are older than this Berth. Start the bot once, or type berth migrate; then try again.",
    );
}

/** A policy file that is being edited on a Friday must not be in the way of a pause. */
async function policyInForce({ policyPath }: Config): Promise<Policy> {
  return readPolicy(policyPath).catch((error: Error) => {
    console.error(`${error.message}\nThis command goes on with the shipped policy instead.`);
    return defaultPolicy();
  });
}
