import { parseArgs } from "node:util";
import { Refusal } from "../errors.ts";
import { nearest } from "../policy/nearest.ts";
import { onTerminal } from "./words.ts";

/** What `berth <name>` does. `run` gets what stands behind the name, and returns the exit code: 0, 1 failed, 2 typed wrong. */
export type ShellCommand = { summary: string; run(argv: readonly string[]): Promise<number> };

/** Behind the name: words by their place, and flags. A word that was quoted may have spaces in it. */
export type Typed = { words: readonly string[]; flags: Readonly<Record<string, string | true>> };

/** What was typed can't be meant: shown with the usage lines, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type Declared = {
  /** One line, without a full stop. */
  summary: string;
  /** Each way to type it, without `berth`. */
  usage: readonly string[];
  /** What stands behind a flag, or `switch` if nothing does. */
  flags?: Readonly<Record<string, string>>;
  /** To be copied. */
  examples: readonly string[];
  /**
   * Prints what came of it; the exit code is 0 unless it says another. Throws `UsageError`, `Refusal`, or an error whose
   * message is its sentence.
   */
  run(typed: Typed): Promise<number | undefined>;
};

/** A command from its declaration: `--help`, flags with did-you-mean, refusals in words. */
export function shellCommand(declared: Declared): ShellCommand {
  const { summary } = declared;
  return {
    summary,
    async run(argv) {
      try {
        const typed = read(argv, declared.flags ?? {});
        if (typed === "help") {
          console.log(helpOf(declared));
          return 0;
        }
        return (await declared.run(typed)) ?? 0;
      } catch (error) {
        if (error instanceof UsageError) {
          console.error(`${inShell(error.message)}\n\n${usageOf(declared)}`);
          return 2;
        }
        if (!(error instanceof Refusal)) throw error;
        console.error([error, ...error.also].map(inWords).join("\n"));
        return 1;
      }
    },
  };
}

/** Several under one name: `berth policy check`, `berth policy import`. `otherwise`: what the name alone, or with other words, does. */
export function shellGroup(
  name: string,
  summary: string,
  commands: Readonly<Record<string, ShellCommand>>,
  otherwise?: ShellCommand,
): ShellCommand {
  return {
    summary,
    async run(argv) {
      const [word = "--help", ...rest] = argv;
      const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
      if (command) return command.run(rest);
      if (otherwise && (argv.length === 0 || !isHelp(word))) return otherwise.run(argv);
      const lines = listOf(`berth ${name}`, commands);
      if (isHelp(word)) {
        console.log(`${summary}\n\n${lines}`);
        return 0;
      }
      console.error(`${unknownWord(`berth ${name}`, word, Object.keys(commands))}\n\n${lines}`);
      return 2;
    },
  };
}

export function isHelp(word: string): boolean {
  return word === "help" || word === "--help" || word === "-h";
}

/** `There is no “berth psue”. Did you mean “berth pause”?` */
export function unknownWord(before: string, word: string, known: readonly string[]): string {
  const [near] = nearest(word, known);
  return `There is no “${before} ${shown(word)}”.${near ? ` Did you mean “${before} ${near}”?` : ""}`;
}

/** One line a command. */
export function listOf(before: string, commands: Readonly<Record<string, ShellCommand>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return Object.entries(commands)
    .map(([name, { summary }]) => `  ${before} ${name.padEnd(width)}  ${summary}`)
    .join("\n");
}

/** Throws `UsageError`. */
function read(argv: readonly string[], flags: Readonly<Record<string, string>>): Typed | "help" {
  if (argv.some((word) => word === "--help" || word === "-h") || argv.join() === "help") return "help";
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, behind]) => [
      name,
      { type: behind === "switch" ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const given: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const behind = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (behind === undefined) throw new UsageError(unknownFlag(token.rawName, Object.keys(flags)));
    if (token.name in given) throw new UsageError(`${token.rawName} stands there twice.`);
    if (behind === "switch") {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes nothing behind it.`);
      given[token.name] = true;
      continue;
    }
    const isMissing = !token.value || (!token.inlineValue && token.value.startsWith("--"));
    if (isMissing) throw new UsageError(`${token.rawName} needs ${behind} behind it.`);
    given[token.name] = token.value as string;
  }
  return { words, flags: given };
}

function unknownFlag(typed: string, known: readonly string[]): string {
  const [near] = nearest(typed.replace(/^-+/, ""), known);
  const there =
    known.length > 0
      ? `There are ${known.map((name) => `--${name}`).join(", ")}.`
      : "There are no flags here.";
  return `There is no ${shown(typed)}. ${near ? `Did you mean --${near}?` : there}`;
}

function usageOf({ usage }: Declared): string {
  return usage.map((line, i) => `${i === 0 ? "Usage: " : "       "}berth ${line}`).join("\n");
}

function helpOf(declared: Declared): string {
  const examples = declared.examples.map((example) => `  ${example}`).join("\n");
  return `${declared.summary}.\n\n${usageOf(declared)}\n\nFor example:\n${examples}`;
}

function inWords({ message, hint }: Refusal): string {
  return onTerminal(inShell([message, hint].filter(Boolean).join(" ")));
}

/** The rules name commands as Slack knows them; here they have no slash. */
function inShell(text: string): string {
  return text.replace(/(^|\s)\/berth /g, "$1berth ").replaceAll("/gpu-status", "berth status");
}

/** What somebody typed, back on their own terminal: short, and nothing in it that a terminal obeys. */
function shown(text: string): string {
  return text.replace(/\p{C}/gu, "�").slice(0, 60);
}
