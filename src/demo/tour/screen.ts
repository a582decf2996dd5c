import type { Person } from "../slack/person/person.ts";
import type { Message, Outcome } from "../slack/person-api.ts";
import { expectSo } from "./story.ts";

/** Everything a message says, as one text. */
export function wordsOf(message: Pick<Message, "text" | "blocks">): string {
  const words: string[] = [readable(message.text)];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) walk(one);
    else if (value && typeof value === "object") {
      for (const [key, one] of Object.entries(value)) {
        if (key === "text" && typeof one === "string") words.push(readable(one));
        else if (key !== "confirm") walk(one);
      }
    }
  };
  walk(message.blocks);
  return words.join("\n");
}

/** Slack's dates as they stand for who can't show them. */
function readable(text: string): string {
  return text.replace(/<!date\^[^|>]*\|([^>]*)>/g, "$1");
}

export function accepted(outcome: Outcome): void {
  expectSo(outcome.ok, `Slack to take it, and it said ${JSON.stringify(outcome)}`);
}

/** Types a command in #general and gives the answer only this person sees, which must contain the words. */
export async function answerTo(person: Person, command: string, words: string | RegExp): Promise<string> {
  const before = new Set(person.messages("general").map((message) => message.ts));
  accepted(await person.type(command, { channel: "general" }));
  const fresh = (message: Message) => !before.has(message.ts);
  const answer = await person.waitForMessage("general", fresh);
  const text = wordsOf(answer);
  expectSo(
    typeof words === "string" ? text.includes(words) : words.test(text),
    `“${command}” to be answered with ${words}, not: ${text}`,
  );
  return seenOf(answer);
}

/** What a person sees of it: the text of a message with blocks stands in its notification only. */
export function seenOf({ text, blocks }: Pick<Message, "text" | "blocks">): string {
  const lines = wordsOf(blocks?.length ? { text: "", blocks } : { text }).split("\n");
  return lines.filter((line) => line.trim() !== "").join("\n");
}

/** The newest message of the DM whose words match. */
export async function cardOf(
  person: Person,
  project: string,
  words: RegExp,
  timeoutMs = 60_000,
): Promise<Message> {
  return person.waitForMessage(
    "dm",
    (message) => message.text.includes(`*${project}*`) && words.test(wordsOf(message)),
    timeoutMs,
  );
}

/** The line on a card that signs in. */
export function signInLine(card: Message): string {
  const line = /ssh -p \d+ \S+@[\w.-]+/.exec(wordsOf(card))?.[0];
  expectSo(line, `an SSH command on the card, which says: ${wordsOf(card)}`);
  return line;
}
