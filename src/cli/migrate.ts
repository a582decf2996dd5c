import { readConfig } from "../config.ts";
import { migrate } from "../ledger/migrate.ts";
import { createLog } from "../log.ts";
import { openPostgres } from "../open-postgres.ts";
import { shellCommand } from "./command.ts";

export const migrateLedger = shellCommand({
  summary: "bring the ledger's tables up to date (start does it too)",
  usage: ["migrate"],
  examples: ["berth migrate"],
  async run() {
    const config = readConfig(process.env);
    const postgres = await openPostgres(config, createLog(config.logLevel));
    try {
      const applied = await migrate({ url: postgres.url });
      console.log(
        applied === 0
          ? "The ledger is up to date."
          : `Applied ${applied} migrations; the ledger is up to date.`,
      );
      return undefined;
    } finally {
      if (!postgres.attached) await postgres.stop();
    }
  },
});
