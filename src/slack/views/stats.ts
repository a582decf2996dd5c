import type { UseNow, UseOfLate } from "../../containers/use.ts";
import type { Container, Device } from "../../ledger/schema.ts";
import { gigabytes } from "../../sentence.ts";
import { deviceInWords } from "../../waitlist/wish.ts";
import { button } from "../define-action.ts";
import { bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { askWhy, openCard } from "../pressables.ts";
import { bar, figure } from "./bars.ts";
import { buttons, context, type Message, section } from "./blocks.ts";
import { stateBriefly } from "./list.ts";

const gone: ReadonlySet<Container["state"]> = new Set(["retired", "failed"]);

/** What became of the picture of the last hours. */
export type PictureSent = "sent" | "too-early" | "failed";

/**
 * What a container uses at this moment, and where its last hours are to be seen. `now`: undefined where it does not run;
 * `reader`: whose member id asks.
 */
export function statsMessage(
  { view }: Pick<UseOfLate, "view">,
  now: UseNow | undefined,
  picture: PictureSent,
  reader: number,
): Message {
  const { project, container } = view;
  const text = now
    ? mrkdwn`${plain(project.name)} uses ${joined(brieflyNow(now), ", ")}.`
    : mrkdwn`${plain(project.name)} does not run: ${stateBriefly(view)}.`;
  return {
    text,
    blocks: [
      section(mrkdwn`${bold(plain(project.name))}  ·  ${stateBriefly(view)}`),
      ...(now ? [section(joined(linesOf(view, now), "\n"))] : []),
      context(pictureInWords(picture)),
      ...buttons([
        container.memberId === reader && !gone.has(container.state)
          ? button(openCard, "Open", { containerId: container.id })
          : undefined,
        button(askWhy, "Why?", { containerId: container.id }),
      ]),
    ],
  };
}

function brieflyNow({ cpuCores, memoryBytes, devices }: UseNow): Mrkdwn[] {
  const parts = [
    cpuCores === undefined ? undefined : `${used(cpuCores)} cores`,
    memoryBytes === undefined ? undefined : `${gigabytes(memoryBytes)} of memory`,
    ...devices.map(({ device, usePercent }) =>
      usePercent === undefined ? undefined : `${Math.round(usePercent)} % of ${deviceInWords(device)}`,
    ),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? [mrkdwn`what could not be read just now`] : parts.map(plain);
}

function linesOf({ container: { limits } }: UseOfLate["view"], now: UseNow): Mrkdwn[] {
  const { cpuCores, memoryBytes, devices } = now;
  const memoryGiB = memoryBytes === undefined ? undefined : memoryBytes / 1024 ** 3;
  const several = devices.length > 1;
  return [
    ...devices.flatMap(({ device, usePercent, memoryMiB }) => {
      const name = several ? deviceInWords(device) : "GPU";
      return [
        line(`${name} use`, usePercent, 100, "%", notTold(device)),
        line(`${name} memory`, inGiB(memoryMiB), device.memoryMiB / 1024, "GB"),
      ];
    }),
    line("CPU", cpuCores, limits?.cpus, limits?.cpus === 1 ? "core" : "cores"),
    line("Memory", memoryGiB, limits?.memoryGiB, "GB"),
  ];
}

function inGiB(mib: number | undefined): number | undefined {
  return mib === undefined ? undefined : mib / 1024;
}

function notTold({ sliceIndex }: Device): string | undefined {
  return sliceIndex === null ? undefined : "not told by slices";
}

const notRead = "could not be read just now";

/** "12", "3.4", "under 0.1": what is used at all is not "0" beside a cell that shows. */
function used(amount: number): string {
  return amount > 0 && amount < 0.05 ? "under 0.1" : figure(amount, amount >= 10 ? 0 : 1);
}

function line(
  what: string,
  amount: number | undefined,
  most: number | undefined,
  unit: string,
  otherwise = notRead,
): Mrkdwn {
  const name = code(what.padEnd(12, " "));
  if (amount === undefined) return mrkdwn`${name}  ${plain(otherwise)}`;
  const of = most === undefined ? unit : unit === "%" ? "%" : `of ${figure(most, 0)} ${unit}`;
  const shown = most === undefined ? "" : `${bar(amount, most)}  `;
  return mrkdwn`${name}  ${plain(`${shown}${used(amount)} ${of}`)}`;
}

function pictureInWords(picture: PictureSent): Mrkdwn {
  switch (picture) {
    case "sent":
      return mrkdwn`:chart_with_upwards_trend:  A picture of its last hours is in our messages.`;
    case "too-early":
      return mrkdwn`It has run too short for a picture of its last hours; ask again in some minutes.`;
    case "failed":
      return mrkdwn`The picture of its last hours could not be sent just now. Try again in a minute.`;
  }
}
