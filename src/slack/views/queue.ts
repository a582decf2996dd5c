import { counted } from "../../sentence.ts";
import type { Wait } from "../../waitlist/waits.ts";
import { button } from "../define-action.ts";
import { bold, joined, mrkdwn, plain } from "../mrkdwn.ts";
import { newContainer, seeGpus, seeQueue } from "../pressables.ts";
import { buttons, context, divider, type KnownBlock, type Message, section } from "./blocks.ts";
import { askedFor } from "./device-words.ts";
import { placeBriefly, waitBlocks, waitButtons } from "./waiting.ts";

/** Each takes up to six blocks, and a message has 50. */
const mostShown = 6;

/** One's own places in the line: when, why, how they came about, and what could start now instead. */
export function queue(waits: readonly Wait[], { inLine, now }: { inLine: number; now: Date }): Message {
  const refresh = button(seeQueue, "Refresh", { again: true });
  const all = button(seeGpus, "The whole line", {});
  if (waits.length === 0) {
    const others =
      inLine === 0
        ? mrkdwn`Nor does anybody else.`
        : mrkdwn`${plain(counted(inLine, "request"))} of others ${inLine === 1 ? mrkdwn`does` : mrkdwn`do`}.`;
    const text = mrkdwn`Nothing of yours waits in the line. ${others}`;
    return {
      text,
      blocks: [
        section(text),
        ...buttons([
          button(newContainer, "New container", {}, { style: "primary" }),
          inLine > 0 ? all : undefined,
          refresh,
        ]),
      ],
    };
  }
  const shown = waits.slice(0, mostShown);
  const hidden = waits.length - shown.length;
  const text = mrkdwn`${joined(
    shown.map((wait) => mrkdwn`${plain(wait.project)}: ${placeBriefly(wait)}`),
    "; ",
  )}.`;
  return {
    text,
    blocks: [
      ...shown.flatMap((wait, i) => [...(i > 0 ? [divider()] : []), ...one(wait, now)]),
      ...(hidden > 0 ? [context(mrkdwn`… and ${hidden} more of yours.`)] : []),
      divider(),
      context(mrkdwn`${plain(counted(inLine, "request"))} in the line in all.`),
      ...buttons([all, refresh]),
    ],
  };
}

function one(wait: Wait, now: Date): KnownBlock[] {
  return [
    section(
      mrkdwn`:hourglass_flowing_sand:  ${bold(plain(wait.project))}  ·  ${placeBriefly(wait)}  ·  ${plain(askedFor(wait.container))}`,
    ),
    ...waitBlocks(wait, now),
    ...waitButtons(wait, { isNow: true }),
  ];
}
