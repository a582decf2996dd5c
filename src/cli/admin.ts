import { Refusal } from "../errors.ts";
import { asLogin } from "../members/acting.ts";
import { type Typed, UsageError } from "./command.ts";
import { onTerminal } from "./words.ts";

/** Whoever typed it, by the login behind sudo. */
export function whoTyped(): ReturnType<typeof asLogin> {
  return asLogin(process.env);
}

/** Instants are read, and shown, on the clock of this machine's wall. */
export function machinesTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `--from "tomorrow 09:00" --reason "new disks"` is the same as the words `from "tomorrow 09:00" "new disks"`. */
export function wordsAndFlags({ words, flags }: Typed, instant: "from" | "at"): string[] {
  const { [instant]: when, reason } = flags;
  return [
    ...words,
    ...(typeof when === "string" ? [instant, when] : []),
    ...(typeof reason === "string" ? [reason] : []),
  ];
}

/** Words that can't be meant are a matter of usage, here as everywhere in a shell. */
export function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) throw new UsageError([error.message, error.hint].filter(Boolean).join(" "));
    throw error;
  }
}

export function print(sentences: readonly string[]): void {
  for (const sentence of sentences) console.log(onTerminal(sentence));
}
