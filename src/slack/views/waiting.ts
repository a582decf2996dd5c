import type { Container } from "../../ledger/schema.ts";
import type { Ending } from "../../waitlist/helps.ts";
import { placeInWords } from "../../waitlist/order.ts";
import type { InLine } from "../../waitlist/shown.ts";
import type { Smaller } from "../../waitlist/smaller.ts";
import type { Wait } from "../../waitlist/waits.ts";
import { button } from "../define-action.ts";
import { choiceOf } from "../device-choices.ts";
import { at, bold, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { askWhy, seeQueue, swapRequest } from "../pressables.ts";
import { freeGpuButton, leaveButton, retireButton, stopAndFreeButton } from "../worded-buttons.ts";
import { ordinal } from "./bars.ts";
import { buttons, context, type KnownBlock, section } from "./blocks.ts";
import { hoursInWords, wishBriefly } from "./device-words.ts";
import { rangeInWords } from "./range.ts";

/** "2nd in the line", "passed over for now", "put first in the line" */
export function placeBriefly({ place, container }: Pick<InLine, "place" | "container">): Mrkdwn {
  if (place === undefined) return mrkdwn`passed over for now`;
  return container.firstSince
    ? mrkdwn`put first: ${plain(ordinal(place))} in the line`
    : mrkdwn`${plain(ordinal(place))} in the line`;
}

/** Why it waits and when that may end; how its place came about; what could be done instead, each with its button. */
export function waitBlocks(wait: Wait, now: Date): KnownBlock[] {
  const { container, range } = wait;
  const why = container.waitsFor
    ? sentence(container.waitsFor)
    : mrkdwn`It starts as soon as it is its turn.`;
  return [
    section(joined([why, rangeInWords(range, now)], "\n")),
    ...instead(wait, now),
    context(...placeWords(wait)),
  ];
}

/** How the place came about, and who was put before it. */
function placeWords({ container, place, firsts }: Wait): Mrkdwn[] {
  return [
    sentence(placeInWords(container)),
    place === undefined
      ? mrkdwn`It is passed over while that is so, keeps its place, and nobody else waits for it.`
      : undefined,
    ...firsts.slice(0, 3).map((reason) => mrkdwn`Put first: ${plain(reason)}`),
  ].filter((words) => words !== undefined);
}

function instead({ container, project, smaller, endings }: Wait, now: Date): KnownBlock[] {
  if (smaller.length === 0 && endings.length === 0) return [];
  const free = smaller.map((one) => smallerInWords(one, container, now));
  const own = endings.map(({ project: other, how }) => mrkdwn`${endingVerb[how]} ${bold(plain(other))}`);
  const words = [
    free.length > 0 ? mrkdwn`:zap:  Could start now instead: ${joined(free, ", or ")}.` : undefined,
    own.length > 0
      ? mrkdwn`:arrows_counterclockwise:  It would start at once if you ${joined(own, " or ")}.`
      : undefined,
  ];
  return [
    section(joined(words, "\n")),
    ...buttons([
      ...smaller.map((one, i) => swapButton(one, container, i === 0)),
      ...endings.map((one) => endingButton(one, project)),
    ]),
  ];
}

const endingVerb: Record<Ending["how"], Mrkdwn> = {
  "free-gpu": mrkdwn`free the GPU kept for`,
  stop: mrkdwn`stop`,
  retire: mrkdwn`retire`,
};

/** "1 GPU for 8 h", "the same until 18:00 (instead of the full 24 h)" */
function smallerInWords({ wish, hours }: Smaller, asked: Container, now: Date): Mrkdwn {
  const same = JSON.stringify(wish) === JSON.stringify(asked.wish);
  const what = same ? mrkdwn`the same` : plain(wishBriefly(wish));
  if (hours === asked.hours) return mrkdwn`${what} for ${plain(hoursInWords(hours))}`;
  const until = at(new Date(now.getTime() + hours * 3_600_000));
  return mrkdwn`${what} until ${until} instead of the full ${plain(hoursInWords(asked.hours))}`;
}

function swapButton({ wish, hours }: Smaller, { id, hours: asked }: Container, isNearest: boolean) {
  const what = wishBriefly(wish);
  const label = hours === asked ? `Start with ${what}` : `Start with ${what}, ${hoursInWords(hours)}`;
  return button(
    swapRequest,
    label,
    { containerId: id, devices: choiceOf(wish), hours },
    isNearest ? { style: "primary" } : {},
  );
}

function endingButton({ containerId, project, how }: Ending, waits: string) {
  switch (how) {
    case "free-gpu":
      return freeGpuButton(containerId, project, `Free the GPU of ${project}`);
    case "stop":
      return stopAndFreeButton(containerId, project, waits);
    case "retire":
      return retireButton(containerId, project, `Retire ${project}`);
  }
}

/** The row below: leave, the place as it is now where what is shown may be old, why. */
export function waitButtons(
  { container, project }: Pick<InLine, "container" | "project">,
  { isNow = false }: { isNow?: boolean } = {},
): KnownBlock[] {
  return buttons([
    leaveButton(container.id, project),
    isNow ? undefined : button(seeQueue, "My place now", {}),
    button(askWhy, "Why?", { containerId: container.id }),
  ]);
}
