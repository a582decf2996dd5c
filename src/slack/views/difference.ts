import type { RecipeDifference } from "../../images/difference.ts";
import { counted } from "../../sentence.ts";
import { bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { divider, type Message, section } from "./blocks.ts";

const mostLines = 30;

/** What a build would change, before it is built. */
export function difference(name: string, { added, removed, changed }: RecipeDifference): Message {
  const words = [
    added.length > 0 && `${added.length} added`,
    removed.length > 0 && `${removed.length} removed`,
    changed.length > 0 && `${changed.length} changed`,
  ].filter((part) => part !== false);
  const text = mrkdwn`${bold(mrkdwn`What changes in ${plain(name)}`)} (${plain(words.join(", "))})`;
  return {
    text,
    blocks: [
      section(text),
      ...some("+", added),
      ...some("−", removed),
      ...some("~", changed),
      section(
        mrkdwn`Press *Build* at the bottom if that is what you mean, or change it below first. Containers that run keep what they have.`,
      ),
      divider(),
    ],
  };
}

export function noDifference(name: string): Message {
  const text = mrkdwn`Nothing changes in ${bold(plain(name))}.`;
  return {
    text,
    blocks: [
      section(
        mrkdwn`${text} *Build* at the bottom makes it again as it is: packages without a version may be newer then.`,
      ),
      divider(),
    ],
  };
}

function some(sign: string, lines: readonly string[]) {
  if (lines.length === 0) return [];
  const shown: Mrkdwn[] = lines.slice(0, mostLines).map((line) => mrkdwn`${plain(sign)}  ${code(line)}`);
  const hidden = lines.length - shown.length;
  return [
    section(
      joined(
        [...shown, hidden > 0 ? mrkdwn`… and ${plain(counted(hidden, "more", "more"))}` : undefined],
        "\n",
      ),
    ),
  ];
}
