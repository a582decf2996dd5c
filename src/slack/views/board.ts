import type { DeviceShown, GpuOverview } from "../../gpu/overview.ts";
import { counted, gigabytes } from "../../sentence.ts";
import type { Board, InLine } from "../../waitlist/shown.ts";
import { deviceInWords } from "../../waitlist/wish.ts";
import { button } from "../define-action.ts";
import { at, bold, clipped, code, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { newContainer, seeGpus, seeQueue, whyGpus } from "../pressables.ts";
import { bar, ordinal } from "./bars.ts";
import { buttons, context, divider, fitsMessage, type KnownBlock, type Message, section } from "./blocks.ts";
import { askedFor, modelInWords } from "./device-words.ts";
import { rangeInWords } from "./range.ts";

/** How much of it is shown. `letters`: of a reason, which is whole on the card of whoever it concerns; `name`: of a project. */
type Size = { isBrief: boolean; devices: number; inLine: number; letters: number; name: number };
const whole: Size = { isBrief: false, devices: 120, inLine: 25, letters: 200, name: 40 };
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
/** Of the memory of a device; the driver's own, on one that nobody computes on, is less. */
const leastUsedShare = 0.01;

type Shown = { names: "handle" | "none"; now: Date };

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

/** `more`: behind how many more there are. */
type Drawn = Shown & Size & { memory: (bytes: number) => string; more: Mrkdwn };

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

/** "2 of 3 GPUs and 1 of 7 slices are free." */
export function freeInWords({ devices }: Pick<GpuOverview, "devices">): string {
  const grantable = devices.filter(({ device }) => device.state !== "unusable");
  if (grantable.length === 0) return "There are no GPUs to give on this server.";
  const parts = [
    { kind: "GPU", all: grantable.filter(({ device }) => device.sliceIndex === null) },
    { kind: "slice", all: grantable.filter(({ device }) => device.sliceIndex !== null) },
  ].filter(({ all }) => all.length > 0);
  const [only] = parts.length === 1 ? (parts[0]?.all ?? []) : [];
  if (only && grantable.length === 1)
    return `The only ${parts[0]?.kind} is ${isFree(only) ? "free" : "not free at the moment"}.`;
  const words = parts.map(({ kind, all }) => `${all.filter(isFree).length} of ${counted(all.length, kind)}`);
  const single = parts.length === 1 && parts[0]?.all.filter(isFree).length === 1;
  return `${words.join(" and ")} ${single ? "is" : "are"} free.`;
}

export function isFree(shown: DeviceShown): boolean {
  return shown.device.state === "ok" && shown.holder === undefined && shown.drain === undefined;
}

function shortly(text: string, letters = whole.letters): Mrkdwn {
  return clipped(sentence(text), letters);
}

function lineInWords({ line }: Board): string {
  return line.length === 0 ? "Nobody waits." : `${counted(line.length, "request")} in the line.`;
}

function deviceLine(shown: DeviceShown, drawn: Drawn): Mrkdwn {
  const { device } = shown;
  const what = mrkdwn`${code(deviceInWords(device))} ${plain(device.sliceIndex === null ? modelInWords(device) : (device.profile ?? ""))}`;
  return joined([mrkdwn`${what}  ${usage(shown, drawn)}`, mrkdwn`      ${whose(shown, drawn)}`], "\n");
}

/** The same in one line: the models are said once, and since when by /gpu-status. */
function briefLine(shown: DeviceShown, drawn: Drawn): Mrkdwn {
  const words = [code(deviceInWords(shown.device)), usage(shown, drawn), whose(shown, drawn)];
  return joined(words, "  ");
}

/** "GPUs: A100-SXM4, 40 GB each." Slices say what they are. */
function modelsInWords(shown: readonly DeviceShown[]): KnownBlock[] {
  const gpus = shown.filter(({ device }) => device.sliceIndex === null);
  const models = [...new Set(gpus.map(({ device }) => modelInWords(device)))];
  if (models.length === 0) return [];
  return [context(mrkdwn`GPUs: ${clipped(plain(models.join("; ")), whole.letters)} each.`)];
}

function usage({ device, memoryUsedMiB, utilisationPercent }: DeviceShown, drawn: Drawn): Mrkdwn {
  const isUsed = memoryUsedMiB !== undefined && memoryUsedMiB >= device.memoryMiB * leastUsedShare;
  const cells = drawn.isBrief ? 5 : 10;
  const memory =
    memoryUsedMiB === undefined
      ? undefined
      : mrkdwn`${plain(bar(isUsed ? memoryUsedMiB : 0, device.memoryMiB, cells))} ${plain(drawn.memory(memoryUsedMiB * 2 ** 20))}`;
  // In five steps: a board that changes with every reading could not be read.
  const use =
    utilisationPercent === undefined ? undefined : mrkdwn`use ${plain(bar(utilisationPercent, 100, 5))}`;
  return joined([memory, use], " · ");
}

function whose(shown: DeviceShown, { names, isBrief, letters, name }: Drawn): Mrkdwn {
  const { device, holder } = shown;
  const trouble = stateInWords(device.state, device.reason, letters) ?? drainedInWords(shown, letters);
  if (!holder) return trouble ?? mrkdwn`:large_green_circle: free`;
  const who =
    names === "handle"
      ? mrkdwn`${bold(plain(holder.handle))} (${clipped(plain(holder.project), name)})`
      : mrkdwn`in use`;
  const kept = holder.state === "stopped";
  const until =
    kept && holder.keptUntil
      ? mrkdwn`kept until ${at(holder.keptUntil)}`
      : holder.until
        ? mrkdwn`until ${at(holder.until)}`
        : undefined;
  const since = isBrief ? undefined : mrkdwn`since ${at(holder.since)}`;
  const onDemand = holder.isFreeOnDemand ? mrkdwn`free on demand` : undefined;
  const held = joined([who, since, until, onDemand], ", ");
  const isYellow = kept || holder.isFreeOnDemand;
  return joined(
    [mrkdwn`:${isYellow ? mrkdwn`large_yellow_circle` : mrkdwn`red_circle`}: ${held}`, trouble],
    "  ",
  );
}

function stateInWords(
  state: DeviceShown["device"]["state"],
  reason: string | null,
  letters: number,
): Mrkdwn | undefined {
  const why = reason ? mrkdwn`: ${shortly(reason, letters)}` : mrkdwn``;
  switch (state) {
    case "ok":
      return undefined;
    case "lost":
      return mrkdwn`:warning: not seen any more${why}`;
    case "quarantined":
      return mrkdwn`:warning: held back until it is seen empty${why}`;
    case "outside":
      return mrkdwn`:warning: in use outside Berth${why}`;
    case "unusable":
      return mrkdwn`:warning: cut for slices, but has none${why}`;
    case "gone":
      return mrkdwn`:warning: no longer there${why}`;
  }
}

/** A server that is drained as a whole has said why above. */
function drainedInWords({ drain }: DeviceShown, letters: number): Mrkdwn | undefined {
  if (!drain) return undefined;
  const why =
    drain.gpuUuid === null ? mrkdwn`` : mrkdwn` by ${plain(drain.by)}: ${shortly(drain.reason, letters)}`;
  const ends = drain.gpuUuid !== null && drain.endsAt ? mrkdwn`, empty from ${at(drain.endsAt)}` : mrkdwn``;
  return mrkdwn`:construction: drained${why}${ends}`;
}

/** What an admin keeps from being granted, and why. */
export function halts({ pause, drains }: GpuOverview): KnownBlock[] {
  const paused = pause
    ? [
        section(
          mrkdwn`:double_vertical_bar:  Berth is paused by ${bold(plain(pause.by))} since ${at(pause.setAt)}: ${shortly(pause.reason)}. What runs goes on; nothing new is given out meanwhile.`,
        ),
      ]
    : [];
  const drained = drains
    .filter(({ gpuUuid }) => gpuUuid === null)
    .map(({ nodeId, by, setAt, reason, endsAt }) => {
      const ends = endsAt ? mrkdwn` What runs there is stopped ${at(endsAt)}.` : mrkdwn``;
      return section(
        mrkdwn`:construction:  The server ${code(nodeId)} is being drained by ${bold(plain(by))} since ${at(setAt)}: ${shortly(reason)}. It gives nothing new out.${ends}`,
      );
    });
  return [...paused, ...drained];
}

function nodeTrouble({ nodes }: GpuOverview): KnownBlock[] {
  return nodes
    .filter((node) => node.state !== "up")
    .map((node) =>
      section(
        mrkdwn`:warning:  The server ${code(node.id)} is ${plain(node.state)} since ${at(node.stateSince)}${node.reason ? mrkdwn`: ${shortly(node.reason)}` : mrkdwn``}. It gives nothing out meanwhile.`,
      ),
    );
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

/** Lines packed into as few sections as Slack's limit allows. */
export function inSections(lines: readonly Mrkdwn[]): KnownBlock[] {
  const packs: Mrkdwn[][] = [];
  let length = 0;
  for (const line of lines) {
    const last = packs.at(-1);
    if (last && length + line.length < 2_900) last.push(line);
    else {
      packs.push([line]);
      length = 0;
    }
    length += line.length + 1;
  }
  return packs.map((pack) => section(joined(pack, "\n")));
}
