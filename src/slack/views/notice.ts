import { placeKeptDays } from "../../containers/no-show-at.ts";
import { type Extension, hoursWords } from "../../ends/judge-extension.ts";
import type { Refusal } from "../../errors.ts";
import type { Minute } from "../../idle/minute.ts";
import { type Used, usedInWords } from "../../idle/used.ts";
import type { End } from "../../ledger/end-tables.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { counted, gigabytes } from "../../sentence.ts";
import { button } from "../define-action.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { askWhy } from "../pressables.ts";
import {
  extendButton,
  keepButton,
  keepFilesButton,
  offered,
  retireButton,
  stopNowButton,
} from "../worded-buttons.ts";
import { lasting } from "./bars.ts";
import { buttons, context, type KnownBlock, type Message, section } from "./blocks.ts";
import { strip, stripHours, stripLegend } from "./strip.ts";

/** What computes on its GPUs, as they were last read. */
export type Loss = { processes: number; memoryMiB: number };

export type NoticeFacts = Pick<ContainerView, "container" | "project" | "devices" | "member"> & {
  /** Its owner has left Slack: the admins read it, who can't press what an owner can. */
  forAdmins: boolean;
  end: End;
  now: Date;
  /** Undefined: it has no GPU, or they could not be read of late. */
  loss: Loss | undefined;
  /** What it was seen to use while it was idle, and its last hours; undefined: it does not end for idleness. */
  idle: { used: Used; hours: readonly Minute[] } | undefined;
  /** What moving the end by the usual hours would cost now, or why it can't be moved. Undefined: nobody can but an admin. */
  extension: { hours: number; judged: Extension | Refusal } | undefined;
};

/** Before an end: what, when, why, what is lost, and the ways out of it. */
export function noticeMessage(facts: NoticeFacts): Message {
  const { project, container, end, now, extension } = facts;
  const name = nameIn(facts);
  const left = mrkdwn`in ${plain(lasting(end.at.getTime() - now.getTime()))}`;
  if (end.reason === "remove") return removalNotice(facts, { name, left });
  return {
    text: mrkdwn`${name} stops ${left}, at ${at(end.at)}. ${sentence(end.because)}`,
    blocks: [
      section(mrkdwn`:bell:  ${name}  ·  stops ${bold(at(end.at))}, ${left}`),
      section(joined([sentence(end.because), ...usedThen(facts), ...comeOr(end), lostThen(facts)], "\n")),
      ...costOf(extension),
      ...(facts.forAdmins
        ? adminsWays(facts)
        : buttons([
            ...ways(facts),
            stopNowButton(container.id, project.name),
            button(askWhy, "Why?", { containerId: container.id }),
          ])),
    ],
  };
}

/** "vision", or "ben/vision" for admins. */
function nameIn({
  project,
  member,
  forAdmins,
}: Pick<NoticeFacts, "project" | "member" | "forAdmins">): Mrkdwn {
  return bold(plain(forAdmins ? `${member.handle}/${project.name}` : project.name));
}

function adminsWays({ container, project, member, end }: NoticeFacts): KnownBlock[] {
  const name = `${member.handle}/${project.name}`;
  const longer = code(`/berth stop ${name} at 18:00 "why"`);
  return [
    context(
      end.reason === "remove"
        ? mrkdwn`Its member has left Slack, so I tell you.`
        : mrkdwn`Its member has left Slack, so I tell you. ${longer} gives it another instant.`,
    ),
    ...buttons([button(askWhy, "Why?", { containerId: container.id })]),
  ];
}

/** Of one that is stopped: what of it goes, and what stays. */
function removalNotice(facts: NoticeFacts, { name, left }: { name: Mrkdwn; left: Mrkdwn }): Message {
  const { end, container, project } = facts;
  const lost = mrkdwn`${bold(mrkdwn`Lost then:`)} what you installed or wrote in it outside ${code("/workspace")}. Files in ${code("/workspace")}, the image, the port and the host key stay.`;
  return {
    text: mrkdwn`${name} is removed ${left}, at ${at(end.at)}. ${sentence(end.because)}`,
    blocks: [
      section(mrkdwn`:bell:  ${name}  ·  removed ${bold(at(end.at))}, ${left}`),
      section(joined([sentence(end.because), lost], "\n")),
      ...(facts.forAdmins
        ? adminsWays(facts)
        : buttons([
            keepFilesButton(container.id),
            offered({ kind: "run", containerId: container.id }, project.name),
            retireButton(container.id, project.name, "Retire now"),
            button(askWhy, "Why?", { containerId: container.id }),
          ])),
    ],
  };
}

/** "Lost then: 2 processes on its GPU with 31 GB in its memory, and whatever else runs. Your files in /workspace stay." */
function lostThen({ loss, devices }: NoticeFacts): Mrkdwn {
  const gpu = devices.length > 1 ? "GPUs" : "GPU";
  const seen = loss
    ? loss.processes === 0
      ? mrkdwn`Nothing computes on its ${plain(gpu)}; whatever else runs in it ends.`
      : mrkdwn`${bold(mrkdwn`Lost then:`)} ${plain(counted(loss.processes, "process", "processes"))} on its ${plain(gpu)} with ${plain(gigabytes(loss.memoryMiB * 2 ** 20))} in GPU memory, and whatever else runs in it.`
    : mrkdwn`${bold(mrkdwn`Lost then:`)} whatever runs in it.`;
  const goes = devices.length > 0 ? mrkdwn` Its ${plain(gpu)} goes to whoever is next.` : mrkdwn``;
  return mrkdwn`${seen} Files in ${code("/workspace")} and what you installed stay.${goes}`;
}

/** Of one that was waited for, and nobody came to. */
function comeOr({ reason }: End): Mrkdwn[] {
  if (reason !== "no-show") return [];
  return [
    mrkdwn`Sign in or press Keep, and it stays yours. If not, you keep your place in the line for ${plain(counted(placeKeptDays, "day"))}: Resume takes you back to it.`,
  ];
}

/** "Since then its GPU did nothing, its CPU 0.02 cores, nobody typed.", and how the last hours were. */
function usedThen({ idle, now, devices }: NoticeFacts): Mrkdwn[] {
  if (!idle) return [];
  const { used, hours } = idle;
  return [
    sentence(usedInWords(used, devices.length)),
    mrkdwn`${code(strip(hours, now))}  the last ${plain(String(stripHours))} hours: ${plain(stripLegend)}`,
  ];
}

function costOf(extension: NoticeFacts["extension"]): KnownBlock[] {
  if (!extension) return [];
  const { judged, hours } = extension;
  return [
    context(
      "cost" in judged
        ? mrkdwn`Extended by ${plain(hoursWords(hours))} it ends ${at(judged.endsAt)}. ${sentence(judged.cost)}`
        : mrkdwn`${sentence(joinedWords(judged.message, judged.hint))}`,
    ),
  ];
}

function ways({ extension, container, project, end }: NoticeFacts) {
  if (end.reason === "idle" || end.reason === "no-show") return [keepButton(container.id)];
  if (!extension) return [];
  const { judged, hours } = extension;
  if ("cost" in judged)
    return [extendButton({ containerId: container.id, endId: end.id, hours }, { primary: true })];
  return judged.offers.map((offer) => offered(offer, project.name));
}

/** What became of it. */
export type NoticeOver =
  /** `by`: who, if it was a person. */
  | { is: "moved"; to: Date; by: string | undefined; from: Date }
  | { is: "stopped"; at: Date; because: string }
  /** `runs`: false for what was to be removed. `because`: why, where somebody or something called it off. */
  | { is: "called-off"; nextEnd: Date | undefined; runs?: boolean; because?: string | undefined };

/** The same message when its moment is over: no buttons, but what happened and who did it. */
export function noticeOver(
  facts: Pick<NoticeFacts, "project" | "member" | "forAdmins">,
  over: NoticeOver,
): Message {
  const name = nameIn(facts);
  const said = (emoji: string, text: Mrkdwn): Message => ({
    text,
    blocks: [section(mrkdwn`:${plain(emoji)}:  ${text}`)],
  });
  switch (over.is) {
    case "moved": {
      const who =
        over.by === undefined ? mrkdwn`its end was moved` : mrkdwn`${bold(plain(over.by))} moved its end`;
      const later = over.to > over.from ? mrkdwn`goes on` : mrkdwn`stops earlier`;
      return said(
        "white_check_mark",
        mrkdwn`${name}  ·  ${later}: ${who} from ${at(over.from)} to ${bold(at(over.to))}.`,
      );
    }
    case "stopped":
      return said("white_circle", mrkdwn`${name}  ·  stopped ${at(over.at)}. ${sentence(over.because)}`);
    case "called-off": {
      if (over.runs === false) return said("white_check_mark", mrkdwn`${name}  ·  it is not removed now.`);
      const next = over.nextEnd ? mrkdwn` It ends ${at(over.nextEnd)}.` : mrkdwn``;
      const why = over.because
        ? mrkdwn`goes on. ${sentence(over.because)}`
        : mrkdwn`goes on: this end was called off.`;
      return said("white_check_mark", mrkdwn`${name}  ·  ${why}${next}`);
    }
  }
}

function joinedWords(...words: (string | undefined)[]): string {
  return words.filter((word) => word !== undefined).join(" ");
}
