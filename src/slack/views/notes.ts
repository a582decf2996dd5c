import type { News } from "../../ledger/news.ts";
import { mrkdwn, sentence } from "../mrkdwn.ts";
import { offered } from "../worded-buttons.ts";
import { buttons, context, type Message, saying } from "./blocks.ts";

/** A sentence to a member, with the buttons that go with it. `project`: whose container it is about. */
export function note(news: Extract<News, { kind: "note" }>, project?: string): Message {
  return {
    text: sentence(news.text),
    blocks: [
      saying(news.text),
      ...(news.detail ? [saying(news.detail)] : []),
      ...buttons((news.offers ?? []).map((offer) => offered(offer, project))),
    ],
  };
}

/** One of the admins' living messages: open, or solved. */
export function problem(news: Extract<News, { kind: "problem" }>): Message {
  const solved = news.state === "solved";
  return {
    text: solved ? mrkdwn`Solved: ${sentence(news.text)}` : mrkdwn`Needs an admin: ${sentence(news.text)}`,
    blocks: [
      saying(solved ? `Solved: ${news.text}` : news.text, solved ? "white_check_mark" : "warning"),
      ...(news.detail ? [saying(news.detail)] : []),
    ],
  };
}

/** What an older message of a problem says once a newer one stands below. */
export function saidAgain({ text }: Extract<News, { kind: "problem" }>): Message {
  const said = mrkdwn`Said again below: ${sentence(text)}`;
  return { text: said, blocks: [context(said)] };
}
