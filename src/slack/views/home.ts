import type { GpuOverview } from "../../gpu/overview.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import type { LimitsAndUse } from "../../members/limits.ts";
import { counted } from "../../sentence.ts";
import type { InLine } from "../../waitlist/shown.ts";
import { button } from "../define-action.ts";
import { bold, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import {
  addKey,
  enrolMe,
  newContainer,
  openCard,
  seeContainers,
  seeGpus,
  seeHelp,
  seeLimits,
} from "../pressables.ts";
import { buttons, context, divider, header, type KnownBlock, section } from "./blocks.ts";
import { freeInWords, halts } from "./board.ts";
import { limitBars } from "./limits.ts";
import { containerLine } from "./list.ts";
import { rangeInWords } from "./range.ts";

export type HomeFacts = {
  name: string;
  state: "new" | "asking" | "active" | "declined" | "gone";
  keys: number;
  containers: readonly ContainerView[];
  limits: LimitsAndUse;
  overview: GpuOverview;
  line: readonly InLine[];
  now: Date;
};

const mostContainers = 20;

/** One's own containers, limits, what is free, and the way to a new one. */
export function home(facts: HomeFacts): KnownBlock[] {
  const { overview } = facts;
  const waiting = facts.line.length;
  return [
    header("Berth: the front desk of the GPU server"),
    ...nextStep(facts),
    ...(facts.state === "active" ? own(facts) : []),
    divider(),
    section(
      mrkdwn`${bold(mrkdwn`The server`)}\n${plain(freeInWords(overview))} ${plain(waiting === 0 ? "Nobody waits." : `${counted(waiting, "request")} in the line.`)}`,
    ),
    ...halts(overview),
    ...buttons([
      button(seeGpus, "Who has which GPU?", {}),
      button(seeContainers, "My containers", {}),
      button(seeLimits, "My limits", {}),
      button(seeHelp, "Help", {}),
    ]),
  ];
}

function nextStep({ name, state, keys }: HomeFacts): KnownBlock[] {
  if (state === "asking")
    return [
      section(
        mrkdwn`Hello ${plain(name)}. An admin has been asked to let you in; you will hear from me in our messages.`,
      ),
    ];
  if (state !== "active")
    return [
      section(mrkdwn`Hello ${plain(name)}. Choose your user name on the server, and you are nearly there.`),
      ...buttons([button(enrolMe, "Choose my user name", {}, { style: "primary" })]),
    ];
  if (keys === 0)
    return [
      section(
        mrkdwn`Hello ${plain(name)}. One thing is missing: your public SSH key, so that you can sign in.`,
      ),
      ...buttons([button(addKey, "Add an SSH key", {}, { style: "primary" })]),
    ];
  return [];
}

function own({ containers, limits, line, now }: HomeFacts): KnownBlock[] {
  const rows = containers.slice(0, mostContainers).map((view) =>
    section(
      homeLine(
        view,
        line.find(({ container }) => container.id === view.container.id),
        now,
      ),
      button(openCard, "Open", { containerId: view.container.id }),
    ),
  );
  return [
    section(bold(mrkdwn`My containers`)),
    ...(rows.length > 0 ? rows : [context(mrkdwn`None yet.`)]),
    ...buttons([button(newContainer, "New container", {}, { style: "primary" })]),
    divider(),
    section(bold(mrkdwn`My limits`)),
    ...limitBars(limits),
  ];
}

/** What waits says when it may start. */
function homeLine(view: ContainerView, waits: InLine | undefined, now: Date): Mrkdwn {
  const when = waits?.place === undefined ? undefined : rangeInWords(waits.range, now);
  return joined([containerLine(view), when], "\n");
}
