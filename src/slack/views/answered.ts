import { button } from "../define-action.ts";
import { sentence } from "../mrkdwn.ts";
import { seeGpus } from "../pressables.ts";
import { buttons, type Message, saying } from "./blocks.ts";

/** What an admin did, in sentences of another room; the first says what is so now. */
export function answered(sentences: readonly string[]): Message {
  return {
    text: sentence(sentences.join(" ")),
    blocks: [...sentences.map((one) => saying(one)), ...buttons([button(seeGpus, "Show the board", {})])],
  };
}
