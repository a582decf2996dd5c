import { Refusal } from "../errors.ts";
import { nearest } from "../policy/nearest.ts";
import { type Command, flagName, usageOf } from "./define-command.ts";
import { wordsOf } from "./words.ts";

/** The arguments as the command's own schema gives them, with all words as typed, or `help`. Throws `Refusal` with the usage line. */
export function parse(
  command: Command,
  text: string,
  prefix: string,
): { help: true } | { args: Record<string, unknown>; words: readonly string[] } {
  const words = wordsOf(text);
  if (words.includes("--help") || (words.length === 1 && words[0] === "help" && command.name !== "berth"))
    return { help: true };
  const refuse = (reason: string, message: string, field?: string): never => {
    const hint = `It goes like this: ${usageOf(command, prefix)}`;
    throw new Refusal(reason, message, { hint, ...(field ? { field } : {}) });
  };

  const given: Record<string, unknown> = {};
  const flags = Object.keys(command.flags ?? {});
  const places = [...command.byPlace];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (command.takesRest && places.length === 1) {
      given[places.shift() as string] = words.slice(i).join(" ");
      break;
    }
    if (!word.startsWith("--")) {
      const place = places.shift();
      if (place === undefined)
        return refuse("too-many-words", `I don't know what to do with “${shortened(word)}”.`);
      given[place] = word;
      continue;
    }
    const [typed = "", ...behind] = word.slice(2).split("=");
    const flag = flags.find((candidate) => flagName(candidate) === typed.toLowerCase());
    if (flag === undefined) return refuse("unknown-flag", unknownFlag(typed, flags));
    if (flag in given) return refuse("flag-twice", `--${flagName(flag)} stands there twice.`, flag);
    if (command.flags?.[flag] === "switch") {
      if (behind.length > 0) return refuse("bad-flag", `--${flagName(flag)} takes nothing behind it.`, flag);
      given[flag] = true;
      continue;
    }
    const next = behind.length > 0 ? behind.join("=") : words[++i];
    if (next === undefined || next === "" || (behind.length === 0 && next.startsWith("--")))
      return refuse("bad-flag", `--${flagName(flag)} needs ${command.flags?.[flag]} behind it.`, flag);
    given[flag] = next;
  }

  const read = command.args.safeParse(given);
  if (read.success) return { args: read.data, words };
  const issue = read.error.issues[0];
  const argument = String(issue?.path[0] ?? "");
  const missing = argument !== "" && given[argument] === undefined;
  if (missing) return refuse("word-missing", `The ${flagName(argument)} is missing.`, argument);
  return refuse("bad-word", issue?.message ?? "I can't read that.", argument);
}

function unknownFlag(typed: string, flags: readonly string[]): string {
  const [near] = nearest(typed, flags.map(flagName));
  const there =
    flags.length > 0
      ? `There are ${flags.map((flag) => `--${flagName(flag)}`).join(", ")}.`
      : "There are no flags here.";
  return `There is no --${shortened(typed)}. ${near ? `Did you mean --${near}?` : there}`;
}

function shortened(word: string): string {
  return [...word].length > 60 ? `${[...word].slice(0, 60).join("")}…` : word;
}
