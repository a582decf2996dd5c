import type { HistoryLine } from "../../ledger/queries/history.ts";
import { button } from "../define-action.ts";
import { at, bold, clipped, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { seeHistory } from "../pressables.ts";
import { buttons, context, type Message, section } from "./blocks.ts";

/** What happened, the newest first, a block an event; a button for what was before. */
export function historyMessage(
  { lines, older }: { lines: readonly HistoryLine[]; older?: number },
  words: readonly string[],
): Message {
  const about = words.length === 0 ? "everything" : words.join(" ");
  const text = mrkdwn`What happened to ${plain(about)}`;
  if (lines.length === 0)
    return { text, blocks: [section(mrkdwn`Nothing is on record about ${plain(about)}.`)] };
  return {
    text,
    blocks: [
      section(bold(text)),
      ...lines.map((line) => context(clipped(lineOf(line), 1000))),
      ...buttons(
        older === undefined ? [] : [button(seeHistory, "Older", { words: [...words], before: older })],
      ),
    ],
  };
}

function lineOf({ at: instant, what, of, by, because }: HistoryLine): Mrkdwn {
  const who = joined(
    [of === null ? undefined : plain(of), by === null || by === of ? undefined : mrkdwn`by ${plain(by)}`],
    " ",
  );
  const named = who === "" ? mrkdwn`` : mrkdwn` (${who})`;
  return mrkdwn`${at(instant)}  ${bold(plain(what.replaceAll("-", " ")))}${named}  ${sentence(because)}`;
}
