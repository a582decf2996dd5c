import { historyOf, type Page } from "../nodes/history.ts";
import { shellCommand, type Typed, UsageError } from "./command.ts";
import { withWorld } from "./open-world.ts";
import { local, onTerminal } from "./words.ts";

const most = 20;

export const eventsCommand = shellCommand({
  summary: "what happened and why, the newest last: to a project, a member, a GPU, or everything",
  usage: ["events [HANDLE/PROJECT | HANDLE | gpu N | server] [--most N] [--before NUMBER]"],
  flags: { most: "how many", before: "the number of an event" },
  examples: ["berth events gpu 3", "berth events ana/vision", "berth events ana --most 50"],
  async run({ words, flags }) {
    const page = { most: number("most", flags) ?? most, before: number("before", flags) };
    await withWorld(async (world) => {
      const found = await historyOf(world, { words, ...page });
      for (const line of eventLines(found)) console.log(line);
      if (found.older !== undefined)
        console.log(`Older ones: berth events ${[...words, "--before", found.older].join(" ")}`);
    });
    return undefined;
  },
});

/** On a terminal one reads from below: the newest is last. */
function eventLines({ lines }: Page): string[] {
  if (lines.length === 0) return ["Nothing is on record."];
  return lines.toReversed().map(({ at, what, of, by, because }) => {
    const who = [of, by === null || by === of ? undefined : `by ${by}`].filter(Boolean).join(" ");
    return `${local(at)}  ${what.replaceAll("-", " ")}${who && `  (${who})`}  ${onTerminal(because)}`;
  });
}

function number(name: "most" | "before", flags: Typed["flags"]): number | undefined {
  const given = flags[name];
  if (given === undefined) return undefined;
  const read = Number(given);
  if (Number.isInteger(read) && read > 0 && read <= (name === "most" ? 1000 : Number.MAX_SAFE_INTEGER))
    return read;
  throw new UsageError(`--${name} is a whole number from 1${name === "most" ? " to 1000" : ""}.`);
}
