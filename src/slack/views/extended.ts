import type { Extended } from "../../ends/extend.ts";
import { hoursWords } from "../../ends/judge-extension.ts";
import { at, bold, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { context, type Message, section } from "./blocks.ts";

/** The answer to whoever extends: the new end, what it costs and why, and what ends it before that, if anything does. */
export function extendedMessage({ view, endsAt, hours, cost }: Extended): Message {
  const name = bold(plain(view.project.name));
  const text = mrkdwn`${name} ends ${at(endsAt)} now, ${plain(hoursWords(hours))} later.`;
  const [first] = view.ends;
  const other =
    first && first.reason !== "end" && first.at < endsAt
      ? [context(mrkdwn`:warning:  It stops before that, ${at(first.at)}: ${sentence(first.because)}`)]
      : [];
  return {
    text: mrkdwn`${text} ${sentence(cost)}`,
    blocks: [section(mrkdwn`:white_check_mark:  ${text}\n${sentence(cost)}`), ...other],
  };
}
