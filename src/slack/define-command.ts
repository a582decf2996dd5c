import type { z } from "zod";
import type { Answer, Call } from "./answer.ts";

/**
 * All there is to say of a command, once: from it come the router, the parsing and its error texts, the usage line, help, the
 * manifest and the README's table.
 */
export type Command<Args extends z.ZodObject = z.ZodObject> = {
  /** As a person types it, without the slash and the prefix. */
  name: string;
  /** One line, without a full stop. */
  summary: string;
  args: Args;
  /** Arguments that are given by their place, in order. */
  byPlace: readonly (keyof z.infer<Args> & string)[];
  /** The last of `byPlace` takes all words that are left, as one text. */
  takesRest?: boolean;
  /** All other arguments are flags: what stands behind one in the usage line, or `switch` if nothing does. */
  flags?: { readonly [flag in keyof z.infer<Args>]?: string };
  /** `anyone` in the workspace who is not refused as such, `members` who may use the server, or `admins`. */
  for: "anyone" | "members" | "admins";
  /** Whether it changes something, with these words: a second delivery must not do it again, also not after a restart in between. */
  changes?: boolean | ((args: z.infer<Args>) => boolean);
  /** To be copied; the first one is shown in the usage line of a refusal. */
  examples: readonly string[];
  /** `words`: all that was typed behind the command, those in quotes as one each. */
  run(call: Call & { args: z.infer<Args>; words: readonly string[] }): Promise<Answer>;
};

export function defineCommand<Args extends z.ZodObject>(command: Command<Args>): Command {
  return command as unknown as Command;
}

/** `/container-stop <project>` */
export function usageOf(command: Command, prefix: string): string {
  return [`/${prefix}${command.name}`, usageHintOf(command)].filter(Boolean).join(" ");
}

/** What stands behind the command: `[project] [--gpus N]`. */
export function usageHintOf(command: Command): string {
  const shape = command.args.shape as Record<string, z.ZodType>;
  const optional = (argument: string) => shape[argument]?.safeParse(undefined).success ?? true;
  const places = command.byPlace.map((argument) => (optional(argument) ? `[${argument}]` : `<${argument}>`));
  const flags = Object.entries(command.flags ?? {}).map(([argument, behind]) =>
    behind === "switch" ? `[--${flagName(argument)}]` : `[--${flagName(argument)} ${behind}]`,
  );
  return [...places, ...flags].join(" ");
}

/** `cpuOnly` is typed `--cpu-only`. */
export function flagName(argument: string): string {
  return argument.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}
