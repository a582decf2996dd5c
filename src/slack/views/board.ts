import type { GpuOverview } from "../../gpu/overview.ts";
import { counted, gigabytes } from "../../sentence.ts";
import type { Board, InLine } from "../../waitlist/shown.ts";
import { button } from "../define-action.ts";
import { at, bold, clipped, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { newContainer, seeGpus, seeQueue, whyGpus } from "../pressables.ts";
import { ordinal } from "./bars.ts";
import {
  buttons,
  context,
  divider,
  fitsMessage,
  inSections,
  type KnownBlock,
  type Message,
  section,
} from "./blocks.ts";
import { briefLine, deviceLine, modelsInWords } from "./board-device.ts";
import { type Drawn, type Shown, type Size, shortly, whole } from "./board-size.ts";
import { askedFor } from "./device-words.ts";
import { freeInWords, isFree } from "./free.ts";
import { halts, nodeTrouble } from "./halts.ts";
import { rangeInWords } from "./range.ts";

/** What a message in a channel may be: the first of these that Slack takes. */
const sizes: readonly Size[] = [
  whole,
  { ...whole, inLine: 10 },
  ...[120, 96, 80, 64, 56, 48, 40, 32, 24, 16, 8].map((devices) => ({
    isBrief: true,
    devices,
    inLine: devices > 64 ? 8 : 5,
    letters: 60,
    name: 20,
  })),
];

/** Every device, who has it and until when; then the line: for whoever asked. */
export function board(overview: Board, { names, now }: Shown): Message {
  return {
    text: textOf(overview),
    blocks: [
      ...allOf(overview, { ...whole, names, now, memory: gigabytes, more: mrkdwn`.` }),
      asOf(overview),
      ...buttons([
        button(newContainer, "New container", {}, { style: "primary" }),
        overview.line.length > 0 ? button(seeQueue, "My place in the line", {}) : undefined,
        button(seeGpus, "Refresh", {}),
      ]),
    ],
  };
}

/**
 * The same for everybody in a channel, where it stands for as long as it is edited: figures are rounded so that it rarely must
 * be, and it is as brief as it has to be for one message. `shows`: all of it but the hour; the same again needs no edit.
 */
export function standingBoard(
  overview: Board,
  { names, now, prefix = "" }: Shown & { prefix?: string },
): { message: Message; shows: string } {
  const text = textOf(overview);
  const pressed = buttons([...newContainerButtons(overview), button(whyGpus, "Why?", {})]);
  const more = mrkdwn`: ${code(`/${prefix}gpu-status`)}`;
  const of = (size: Size) => {
    const shown = allOf(overview, { ...size, names, now, memory: wholeGigabytes, more });
    return { shown, blocks: [...shown, standsAsOf(now), ...pressed] };
  };
  const size = sizes.find((one) => fitsMessage(of(one).blocks)) ?? sizes.at(-1) ?? whole;
  const { shown, blocks } = of(size);
  return { message: { text, blocks }, shows: JSON.stringify([text, shown, pressed]) };
}

/** Both open the form; where nothing is free, it says at once that one would wait. */
export function newContainerButtons({ devices }: Pick<GpuOverview, "devices">) {
  const primary = { style: "primary" } as const;
  const isFull = devices.length > 0 && !devices.some(isFree);
  if (!isFull) return [button(newContainer, "New container", {}, primary)];
  return [button(newContainer, "Wait for one", {}, primary), button(newContainer, "New container", {})];
}

function textOf(overview: Board): Mrkdwn {
  return mrkdwn`${plain(freeInWords(overview))} ${plain(lineInWords(overview))}`;
}

function allOf(overview: Board, drawn: Drawn): KnownBlock[] {
  const shown = overview.devices.slice(0, drawn.devices);
  const hidden = overview.devices.length - shown.length;
  const lines = shown.map((one) => (drawn.isBrief ? briefLine(one, drawn) : deviceLine(one, drawn)));
  return [
    section(mrkdwn`${bold(plain(freeInWords(overview)))}`),
    ...halts(overview),
    ...nodeTrouble(overview),
    ...(drawn.isBrief ? modelsInWords(shown) : []),
    ...inSections(lines),
    ...(hidden > 0 ? [context(mrkdwn`… and ${hidden} more${drawn.more}`)] : []),
    ...whatIsLeft(overview),
    divider(),
    ...theLine(overview, drawn),
  ];
}

function asOf({ readAt }: Board): KnownBlock {
  return context(
    readAt ? mrkdwn`As of ${at(readAt)}.` : mrkdwn`The GPUs have not been read yet since the start.`,
  );
}

/** It says since when it is so, not when it was last looked at: that is every half minute. */
function standsAsOf(now: Date): KnownBlock {
  return context(mrkdwn`As of ${at(now)}; it changes when something does.`);
}

/** Of each machine: memory that containers may still be given, and room on its disk. */
function whatIsLeft({ left }: Board): KnownBlock[] {
  if (left.length === 0) return [];
  const several = left.length > 1;
  const each = left.map(({ nodeId, memoryGiB, diskBytes }) => {
    const disk = diskBytes === undefined ? mrkdwn`` : mrkdwn` and ${plain(roughly(diskBytes))} of disk`;
    return mrkdwn`${several ? mrkdwn`${code(nodeId)}: ` : mrkdwn``}${Math.floor(memoryGiB)} GB of memory${disk}`;
  });
  return [context(mrkdwn`Free: ${joined(each, "  ·  ")}.`)];
}

/** A disk fills all the time: in tens of GB, from 1000 on in hundreds. */
function roughly(bytes: number): string {
  const gib = bytes / 2 ** 30;
  const step = gib >= 1000 ? 100 : gib >= 20 ? 10 : 1;
  return `${Math.floor(gib / step) * step} GB`;
}

function wholeGigabytes(bytes: number): string {
  return bytes > 0 && bytes < 2 ** 29 ? "< 1 GB" : `${Math.round(bytes / 2 ** 30)} GB`;
}

function lineInWords({ line }: Board): string {
  return line.length === 0 ? "Nobody waits." : `${counted(line.length, "request")} in the line.`;
}

function theLine({ line }: Board, drawn: Drawn): KnownBlock[] {
  if (line.length === 0) return [section(mrkdwn`Nobody waits.`)];
  const rows = line.slice(0, drawn.inLine).map((one) => lineRow(one, drawn));
  const hidden = line.length - rows.length;
  return [
    section(mrkdwn`${bold(plain(`${counted(line.length, "request")} in the line`))}`),
    ...inSections(rows),
    ...(hidden > 0 ? [context(mrkdwn`… and ${hidden} more${drawn.more}`)] : []),
  ];
}

/** What hinders somebody who is passed over is told to them alone. */
function lineRow(one: InLine, { names, now, isBrief, letters, name }: Drawn): Mrkdwn {
  const { container, place, range } = one;
  const who =
    names === "handle"
      ? mrkdwn`${bold(plain(one.handle))} (${clipped(plain(one.project), name)})`
      : mrkdwn`a request`;
  const where = place === undefined ? mrkdwn`:double_vertical_bar:` : mrkdwn`${plain(ordinal(place))}:`;
  const since = isBrief ? undefined : mrkdwn`asked ${at(container.askedAt)}`;
  const asked = mrkdwn`${where} ${joined([who, plain(askedFor(container)), since], ", ")}`;
  const first = container.firstBecause
    ? mrkdwn`put first: ${clipped(plain(container.firstBecause), letters)}`
    : undefined;
  const when =
    place === undefined
      ? mrkdwn`passed over for now, keeps its place`
      : (rangeInWords(range, now) ?? (container.waitsFor ? shortly(container.waitsFor, letters) : undefined));
  const more = joined([first, when], "  ·  ");
  return more === "" ? asked : mrkdwn`${asked}\n      ${more}`;
}
