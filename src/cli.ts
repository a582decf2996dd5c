import { readConfig } from "./config.ts";
import { runDemo } from "./demo/run.ts";
import { doctor } from "./diagnose.ts";
import { migrate } from "./ledger/migrate.ts";
import { createLog } from "./log.ts";
import { nearest } from "./policy/nearest.ts";
import { manifestText } from "./slack/manifest.ts";
import { openPostgres, start } from "./start.ts";

type Command = { summary: string; run(argv: readonly string[]): Promise<number> };

const commands: Record<string, Command> = {
  start: { summary: "run the bot, with the settings of the environment", run: start },
  demo: { summary: "everything on this machine, with a Slack-like page (--help)", run: runDemo },
  doctor: { summary: "look at this machine, Postgres and Slack, and say what to mend", run: doctor },
  migrate: { summary: "bring the ledger's tables up to date (start does it too)", run: migrateLedger },
  manifest: { summary: "print the Slack app's manifest", run: printManifest },
};

async function migrateLedger(): Promise<number> {
  const config = readConfig(process.env);
  const postgres = await openPostgres(config, createLog(config.logLevel));
  try {
    const applied = await migrate({ url: postgres.url });
    console.log(
      applied === 0
        ? "The ledger is up to date."
        : `Applied ${applied} migrations; the ledger is up to date.`,
    );
    return 0;
  } finally {
    if (!postgres.attached) await postgres.stop();
  }
}

/** Needs no settings but the prefix: it is printed before there is an app to have tokens of. */
async function printManifest(): Promise<number> {
  process.stdout.write(manifestText({ prefix: process.env.BERTH_COMMAND_PREFIX ?? "" }));
  return 0;
}

function usage(): string {
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  berth ${name.padEnd(10)} ${summary}`,
  );
  return `Berth, the front desk of a GPU server in Slack.\n\n${lines.join("\n")}`;
}

async function main([name = "help", ...argv]: readonly string[]): Promise<number> {
  if (name === "help" || name === "--help" || name === "-h") {
    console.log(usage());
    return 0;
  }
  const command = commands[name];
  if (command) return command.run(argv);
  const [near] = nearest(name, Object.keys(commands));
  console.error(`There is no “berth ${name}”.${near ? ` Did you mean “berth ${near}”?` : ""}\n\n${usage()}`);
  return 2;
}

// What is thrown on purpose carries its sentence; the stack is for the log, not for an admin's terminal.
process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }),
);
