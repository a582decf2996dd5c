import type { GpuOverview } from "../../gpu/overview.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import type { LimitsAndUse } from "../../members/limits.ts";
import { counted } from "../../sentence.ts";
import type { InLine } from "../../waitlist/shown.ts";
import { deviceInWords } from "../../waitlist/wish.ts";
import { button } from "../define-action.ts";
import { at, bold, clipped, code, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import {
  addKey,
  enrolMe,
  openCard,
  seeContainers,
  seeGpus,
  seeHelp,
  seeImages,
  seeLimits,
  seeQueue,
} from "../pressables.ts";
import { buttons, context, divider, header, type KnownBlock, section } from "./blocks.ts";
import { newContainerButtons } from "./board.ts";
import { containerButtons } from "./container-buttons.ts";
import { freeInWords, isFree } from "./free.ts";
import { halts } from "./halts.ts";
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

/** Each takes two blocks, and Home has 100. */
const mostContainers = 20;
const mostFreeNamed = 8;
const mostLetters = 300;

/** One's own containers with what can be done about each, the way to a new one, what is free, who waits, one's limits. */
export function home(facts: HomeFacts): KnownBlock[] {
  const isMember = facts.state === "active";
  return [
    header("Berth: the front desk of the GPU server"),
    ...nextStep(facts),
    ...(isMember ? own(facts) : []),
    divider(),
    ...serverNow(facts),
    ...(isMember ? [divider(), section(bold(mrkdwn`My limits`)), ...limitBars(facts.limits)] : []),
    ...buttons([
      button(seeGpus, "Who has which GPU?", {}),
      isMember && facts.line.length > 0 ? button(seeQueue, "My place in the line", {}) : undefined,
      isMember ? button(seeImages, "My images", {}) : undefined,
      button(seeLimits, "My limits", {}),
      button(seeHelp, "Help", {}),
    ]),
  ];
}

/** What everybody reads alike: what is free, what admins keep from being granted, and how many wait; of those, how many are theirs. */
export function serverNow({
  overview,
  line,
  containers,
}: Pick<HomeFacts, "overview" | "line" | "containers">): KnownBlock[] {
  return [
    section(
      joined(
        [
          bold(mrkdwn`The server`),
          plain(freeInWords(overview)),
          freeByName(overview),
          plain(lineInWords(line, containers)),
        ],
        "\n",
      ),
    ),
    ...halts(overview),
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

function own({ containers, line, overview, now }: HomeFacts): KnownBlock[] {
  const rows = containers.slice(0, mostContainers).flatMap((view) => [
    section(
      homeLine(
        view,
        line.find(({ container }) => container.id === view.container.id),
        now,
      ),
      button(openCard, "Open", { containerId: view.container.id }),
    ),
    ...buttons(containerButtons(view, now)),
  ]);
  const hidden = containers.length - mostContainers;
  return [
    section(bold(mrkdwn`My containers`)),
    ...(rows.length > 0 ? rows : [context(mrkdwn`None yet.`)]),
    ...(hidden > 0 ? [context(mrkdwn`… and ${hidden} more.`)] : []),
    ...buttons([
      ...newContainerButtons(overview),
      hidden > 0 ? button(seeContainers, "My containers", {}) : undefined,
    ]),
  ];
}

/** The line of the list, and below it what is worth knowing now. */
function homeLine(view: ContainerView, waits: InLine | undefined, now: Date): Mrkdwn {
  const { container } = view;
  const trouble = container.trouble
    ? mrkdwn`:warning:  ${clipped(sentence(container.trouble), mostLetters)}`
    : undefined;
  return joined([containerLine(view), whatNext(view, waits, now), trouble], "\n");
}

/** When what waits may start, or why it can't be said; why one is stopped earlier than its hours; how long what is in it stays. */
function whatNext(
  { container, ends }: ContainerView,
  waits: InLine | undefined,
  now: Date,
): Mrkdwn | undefined {
  const [first] = ends;
  if (container.state === "waiting") {
    const when = waits?.place === undefined ? undefined : rangeInWords(waits.range, now);
    return when ?? (container.waitsFor ? clipped(sentence(container.waitsFor), mostLetters) : undefined);
  }
  if (container.state === "running" && first && first.reason !== "end")
    return clipped(sentence(first.because), mostLetters);
  const removal = ends.find(({ reason }) => reason === "remove");
  if (container.state === "stopped" && container.wanted === "stopped" && removal)
    return mrkdwn`What you installed in it is kept until ${at(removal.at)}; your files stay.`;
  return undefined;
}

/** "GPU 1, GPU 3, GPU 2, slice 0 (10 GB) and 4 more" */
function freeByName({ devices }: GpuOverview): Mrkdwn | undefined {
  const free = devices.filter(isFree);
  const named = free.slice(0, mostFreeNamed).map(({ device }) => code(deviceInWords(device)));
  if (named.length === 0) return undefined;
  const hidden = free.length - named.length;
  return mrkdwn`${joined(named, "  ")}${hidden > 0 ? mrkdwn` and ${hidden} more` : mrkdwn``}`;
}

/** "3 requests in the line, 1 of them yours." */
function lineInWords(line: readonly InLine[], containers: readonly ContainerView[]): string {
  if (line.length === 0) return "Nobody waits.";
  const own = line.filter(({ container }) => containers.some((one) => one.container.id === container.id));
  const all = `${counted(line.length, "request")} in the line`;
  if (own.length === 0) return `${all}.`;
  if (own.length === line.length) return `${all}, yours.`;
  return `${all}, ${own.length} of them yours.`;
}
