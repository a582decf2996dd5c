import { isHelp, listOf, type ShellCommand, shellCommand, unknownWord } from "./cli/command.ts";
import { drainCommand } from "./cli/drain.ts";
import { eventsCommand } from "./cli/events.ts";
import { firstCommand } from "./cli/first.ts";
import { exempt, group, limit } from "./cli/limits.ts";
import { printManifest } from "./cli/manifest.ts";
import { members } from "./cli/members.ts";
import { migrateLedger } from "./cli/migrate.ts";
import { pauseCommand } from "./cli/pause.ts";
import { policy } from "./cli/policy.ts";
import { reportCommand } from "./cli/report.ts";
import { status } from "./cli/status.ts";
import { stopCommand } from "./cli/stop.ts";

/**
 * Each has a file of its own below `cli/`, or is one function of a larger thing, which is loaded when it is asked for: nobody who
 * types a pause waits for the bot's code. In the order of the list.
 */
const commands: Record<string, ShellCommand> = {
  start: shellCommand({
    summary: "run the bot, with the settings of the environment",
    usage: ["start [--after-restore]"],
    flags: { "after-restore": "switch" },
    examples: ["berth start", "berth start --after-restore"],
    run: async ({ flags }) =>
      (await import("./start.ts")).start({ afterRestore: flags["after-restore"] === true }),
  }),
  demo: {
    summary: "everything on this machine, with a Slack-like page (--help)",
    run: async (argv) => (await import("./demo/run.ts")).runDemo(argv),
  },
  doctor: shellCommand({
    summary: "look at this machine, Postgres and Slack, and say what to mend",
    usage: ["doctor"],
    examples: ["berth doctor"],
    run: async () => (await import("./diagnose.ts")).doctor(),
  }),
  status,
  stop: stopCommand,
  first: firstCommand,
  drain: drainCommand,
  pause: pauseCommand,
  events: eventsCommand,
  report: reportCommand,
  members,
  group,
  limit,
  exempt,
  policy,
  migrate: migrateLedger,
  manifest: printManifest,
};

function usage(): string {
  return `Berth, the front desk of a GPU server in Slack.\n\n${listOf("berth", commands)}\n\nPut --help behind any of them to see more.`;
}

async function main([name = "help", ...argv]: readonly string[]): Promise<number> {
  if (isHelp(name)) {
    console.log(usage());
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command.run(argv);
  console.error(`${unknownWord("berth", name, Object.keys(commands))}\n\n${usage()}`);
  return 2;
}

// What is thrown on purpose carries its sentence; the stack is for the log, not for an admin's terminal.
process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }),
);
