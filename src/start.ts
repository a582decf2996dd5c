import { wallClock } from "./clock.ts";
import { readConfig } from "./config.ts";
import { policyFor } from "./diagnose.ts";
import { readCatalogue } from "./images/catalogue.ts";
import { startEmbedded } from "./ledger/embedded.ts";
import { createLog } from "./log.ts";
import { nodeId, thisMachine } from "./machine.ts";
import { startBot } from "./main.ts";
import { ledgerPlace, openPostgres } from "./open-postgres.ts";
import { readPolicy } from "./policy/read-policy.ts";
import { makeRandom } from "./random.ts";

/**
 * `berth start`: from the environment to a running bot, until a signal. Returns the exit code. `afterRestore`: its ledger was
 * restored from a backup.
 */
export async function start({ afterRestore }: { afterRestore: boolean }): Promise<number> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const interrupted = new Promise<string>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done(signal));
  });
  const written = await readPolicy(config.policyPath);
  const catalogue = await readCatalogue(config.policyPath, written.catalogue);
  const policy = await policyFor(config, written, catalogue, log);
  const postgres = await openPostgres(config, log);
  try {
    const bot = await startBot({
      postgres:
        postgres.kind === "outside"
          ? { url: postgres.url }
          : { url: postgres.url, revive: () => startEmbedded(ledgerPlace(config, log)) },
      nodes: new Map([[nodeId, thisMachine(config, policy, log)]]),
      policy,
      policyPath: config.policyPath,
      catalogue,
      settings: config.settings,
      slack: config.slack,
      afterRestore,
      ...(config.healthPort === undefined ? {} : { healthPort: config.healthPort }),
      clock: wallClock,
      random: makeRandom(),
      log,
    });
    // What ends the bot by itself (a token that Slack refuses) ends the process: its supervisor shows it.
    const failed = new Promise<never>((_, reject) => bot.active.catch(reject));
    log.info({ signal: await Promise.race([interrupted, failed.finally(() => bot.stop())]) }, "stopping");
    await bot.stop();
    return 0;
  } finally {
    await postgres.stop();
  }
}
