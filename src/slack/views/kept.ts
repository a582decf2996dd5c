import type { Kept } from "../../ends/keep.ts";
import type { FilesKept } from "../../ends/removal.ts";
import { at, bold, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { context, type Message, section } from "./blocks.ts";

/** The answer to Keep: until when, and what ends it before that, if anything does. */
export function keptMessage({ view, until }: Kept): Message {
  const text = mrkdwn`${bold(plain(view.project.name))} stays until ${at(until)}, idle or not.`;
  const first = view.ends.find((end) => end.reason !== "idle");
  const other =
    first && first.at < until
      ? [context(mrkdwn`:warning:  It stops before that, ${at(first.at)}: ${sentence(first.because)}`)]
      : [];
  return { text, blocks: [section(mrkdwn`:white_check_mark:  ${text}`), ...other] };
}

export function filesKeptMessage({ view, until }: FilesKept): Message {
  const text = mrkdwn`${bold(plain(view.project.name))}: what you installed in it stays until ${at(until)}.`;
  return { text, blocks: [section(mrkdwn`:white_check_mark:  ${text}`)] };
}
