import { defaultExtensionHours } from "../../ends/judge-extension.ts";
import type { Build } from "../../ledger/image-tables.ts";
import type { ContainerView } from "../../ledger/queries/containers.ts";
import type { Container } from "../../ledger/schema.ts";
import { counted } from "../../sentence.ts";
import type { Wait } from "../../waitlist/waits.ts";
import { button } from "../define-action.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import {
  addInstalled,
  askWhy,
  cancelBuildButton,
  cantConnect,
  extendButton,
  freeGpuButton,
  leaveButton,
  newContainer,
  retireButton,
  runContainer,
  sshConfig,
  stopButton,
} from "../pressables.ts";
import { figure, lasting } from "./bars.ts";
import {
  buttons,
  facts as columns,
  context,
  copyable,
  type KnownBlock,
  type Message,
  saying,
  section,
} from "./blocks.ts";
import { askedFor, givenDevices, hoursInWords } from "./device-words.ts";
import { addInstalledLabel, hasInstalled, installedByHand } from "./installed.ts";
import { placeBriefly, waitBlocks, waitButtons } from "./waiting.ts";

/** What a card is drawn from. */
export type CardFacts = ContainerView & {
  now: Date;
  /** The build it waits for, while its image is being made. */
  awaited?: Build | undefined;
  /** What its owner is told while it waits in the line. */
  wait?: Wait | undefined;
  /** How to sign in, once it has a port and a host key. */
  signIn: { command: string; fingerprint: string } | undefined;
};

/** The living message of one container: what is so now, and the buttons that make sense now. */
export function card(facts: CardFacts): Message {
  const { container } = facts;
  switch (container.state) {
    case "waiting":
      return facts.awaited ? awaitsImage(facts, facts.awaited) : waiting(facts);
    case "starting":
      return container.wanted === "running" ? starting(facts) : ending(facts);
    case "running":
      return container.wanted === "running" ? running(facts) : ending(facts);
    case "stopping":
      return ending(facts);
    case "stopped":
      return container.wanted === "retired" ? ending(facts) : stopped(facts);
    case "retired":
      return retired(facts);
    case "failed":
      return failed(facts);
  }
}

/** What an older message of the same container becomes when it is posted anew below: no buttons, no news. */
export function movedCard({ project }: Pick<CardFacts, "project">): Message {
  const text = mrkdwn`${bold(plain(project.name))} goes on in a newer message below.`;
  return { text, blocks: [context(text)] };
}

function waiting({ container, project, wait, now }: CardFacts): Message {
  const where = wait ? placeBriefly(wait) : mrkdwn`in the line`;
  const text = mrkdwn`${name(project)} waits for ${plain(askedFor(container))}: ${where}.`;
  return {
    text,
    blocks: [
      title("hourglass_flowing_sand", project, mrkdwn`waiting, ${where}`),
      ...(wait ? waitBlocks(wait, now) : []),
      context(
        mrkdwn`${plain(askedFor(container))}, image ${code(container.image)}. You will get a new message when it starts.`,
      ),
      ...waitButtons({ container, project: project.name }),
    ],
  };
}

/** Key, image, GPU, container and SSH on one card: its image is being made. */
function awaitsImage({ container, project }: CardFacts, build: Build): Message {
  const text = mrkdwn`${name(project)} starts when its image is built.`;
  return {
    text,
    blocks: [
      title("hammer_and_wrench", project, mrkdwn`its image is being built`),
      section(
        joined(
          [
            mrkdwn`:white_check_mark: Key`,
            mrkdwn`:hourglass_flowing_sand: ${bold(mrkdwn`Image`)}`,
            ...["Granted", "Container", "SSH"].map(plain),
          ],
          "  →  ",
        ),
      ),
      saying(buildNow(build)),
      context(
        mrkdwn`Asked ${at(container.askedAt)} for ${plain(askedFor(container))}, image ${code(container.image)}. It keeps its place in the line meanwhile; you will get a new message when it starts.`,
      ),
      ...buttons([
        cancelBuildButton(build.id, "its image"),
        leaveButton(container.id, project.name),
        whyButton(container),
      ]),
    ],
  };
}

/** "Step 3 of 8: Installing Python packages, 24 s." */
function buildNow({ state, progress, waitsFor, attempt, cancelWished }: Build): string {
  const again = attempt > 1 ? " It was interrupted and began again." : "";
  if (cancelWished) return `It is being cancelled.${again}`;
  const current = progress?.steps.findLast((step) => step.seconds === null) ?? progress?.steps.at(-1);
  if (state === "queued" || !progress || !current)
    return `${waitsFor ?? (state === "queued" ? "It begins in a moment." : "It has begun.")}${again}`;
  const done = progress.steps.filter((step) => step.seconds !== null);
  const took = done.reduce((sum, step) => sum + (step.seconds ?? 0), 0);
  const number = progress.steps.indexOf(current) + 1;
  return `Step ${number} of ${Math.max(progress.of, number)}: ${current.name}${took > 0 ? ` (${lasting(took * 1000)} so far)` : ""}.${again}`;
}

const steps = {
  key: "Key",
  built: "Image",
  granted: "Granted",
  image: "Image",
  create: "Container",
  ssh: "SSH",
} as const;

function starting(facts: CardFacts): Message {
  const { container, project, devices, now } = facts;
  const since = container.grantedAt ?? container.stateSince;
  const took = lasting(now.getTime() - since.getTime());
  const text = mrkdwn`${name(project)} is starting (${plain(took)}).`;
  return {
    text,
    blocks: [
      title("large_yellow_circle", project, mrkdwn`starting, ${plain(took)}`),
      section(progress(container)),
      ...troubled(container),
      given(facts),
      context(
        devices.length > 0
          ? mrkdwn`${plain(givenDevices(devices))} ${devices.length > 1 ? mrkdwn`are` : mrkdwn`is`} yours since ${at(since)}.`
          : mrkdwn`Granted ${at(since)}.`,
      ),
      ...buttons([stopButton(container.id, project.name)]),
    ],
  };
}

/**
 * ":white_check_mark: Granted → :hourglass: Container → SSH". A house image is a step only where it has to be fetched; one
 * that was built goes before all else.
 */
function progress({ step, buildId }: Container): Mrkdwn {
  const current = step === "image" || step === "ssh" ? step : "create";
  const shown: (keyof typeof steps)[] = [
    ...(buildId ? (["key", "built"] as const) : []),
    ...(current === "image"
      ? (["granted", "image", "create", "ssh"] as const)
      : (["granted", "create", "ssh"] as const)),
  ];
  const words = shown.map((one, i) => {
    if (one === current) return mrkdwn`:hourglass_flowing_sand: ${bold(plain(steps[one]))}`;
    return i < shown.indexOf(current) ? mrkdwn`:white_check_mark: ${plain(steps[one])}` : plain(steps[one]);
  });
  const fetching =
    current === "image"
      ? mrkdwn`\n_The image is being brought to the server; the first time takes minutes._`
      : undefined;
  return joined([joined(words, "  →  "), fetching], "");
}

function running(facts: CardFacts): Message {
  const { container, project, signIn } = facts;
  const took = container.runningAt ? container.runningAt.getTime() - container.askedAt.getTime() : undefined;
  const inTime =
    took !== undefined && took >= 0 && took < 15 * 60_000 ? mrkdwn` in ${plain(lasting(took))}` : mrkdwn``;
  const text = joined(
    [mrkdwn`${name(project)} is ready`, signIn ? mrkdwn`: ${code(signIn.command)}` : mrkdwn`.`],
    "",
  );
  return {
    text,
    blocks: [
      title("large_green_circle", project, mrkdwn`ready${inTime}`),
      ...(signIn ? [copyable(signIn.command)] : []),
      ...troubled(container),
      given(facts),
      ...(signIn
        ? [context(mrkdwn`The first time, ssh shows this fingerprint: ${code(signIn.fingerprint)}`)]
        : []),
      context(mrkdwn`Your files belong in ${code("/workspace")}: they stay when the container goes.`),
      ...buttons([
        button(sshConfig, "SSH config", { containerId: container.id }, { style: "primary" }),
        button(cantConnect, "Can't connect?", { containerId: container.id }),
        extension(facts),
        stopButton(container.id, project.name),
        retireButton(container.id, project.name),
        whyButton(container),
      ]),
    ],
  };
}

/** Only its hours can be moved by its owner; where something else ends it first, more hours would change nothing. */
function extension({ container, ends: [first] }: CardFacts) {
  if (first?.reason !== "end") return undefined;
  return extendButton({ containerId: container.id, endId: first.id, hours: defaultExtensionHours });
}

function ending({ container, project }: CardFacts): Message {
  const retiring = container.wanted === "retired";
  const doing = retiring ? mrkdwn`being retired` : mrkdwn`stopping`;
  const text = mrkdwn`${name(project)} is ${doing}.`;
  return {
    text,
    blocks: [
      title("large_orange_circle", project, mrkdwn`${doing}…`),
      ...because(container),
      ...troubled(container),
      context(
        retiring
          ? mrkdwn`Everything that runs in it is told to end, then its GPU is free. Your files in ${code("/workspace")} stay.`
          : mrkdwn`Everything that runs in it is told to end and has a moment to do so.`,
      ),
    ],
  };
}

function stopped({ container, project, devices, now }: CardFacts): Message {
  const kept = container.gpuKeptUntil !== null && container.gpuKeptUntil > now && devices.length > 0;
  const text = mrkdwn`${name(project)} is stopped.`;
  const what = kept
    ? mrkdwn`${plain(givenDevices(devices))} ${devices.length > 1 ? mrkdwn`stay` : mrkdwn`stays`} yours until ${at(container.gpuKeptUntil as Date)}: run it again by then and it starts at once.`
    : mrkdwn`It holds no GPU. Run it again and it gets the same one, as soon as nobody else has it.`;
  return {
    text,
    blocks: [
      title(
        "white_circle",
        project,
        mrkdwn`stopped${container.stoppedAt ? mrkdwn` ${at(container.stoppedAt)}` : mrkdwn``}`,
      ),
      ...because(container),
      ...troubled(container),
      section(container.wish.kind === "cpu" ? mrkdwn`Its files and what you installed are kept.` : what),
      ...buttons([
        button(runContainer, "Run", { containerId: container.id }, { style: "primary" }),
        kept ? freeGpuButton(container.id, project.name) : undefined,
        retireButton(container.id, project.name),
        whyButton(container),
      ]),
    ],
  };
}

function retired({ container, project }: CardFacts): Message {
  const left = container.grantedAt === null;
  const text = left ? mrkdwn`${name(project)} left the line.` : mrkdwn`${name(project)} is retired.`;
  return {
    text,
    blocks: [
      title(
        "ballot_box_with_check",
        project,
        left
          ? mrkdwn`left the line ${at(container.stateSince)}`
          : mrkdwn`retired ${at(container.stateSince)}`,
      ),
      ...because(container),
      context(
        left
          ? mrkdwn`Nothing was started, nothing is lost.`
          : mrkdwn`Your files in ${code("/workspace")} are untouched. Deploy ${name(project)} again and it has the same files, port and host key.`,
      ),
      ...installedByHand(container.installed),
      ...buttons([
        hasInstalled(container.installed)
          ? button(
              addInstalled,
              addInstalledLabel(container),
              { containerId: container.id },
              { style: "primary" },
            )
          : undefined,
        button(newContainer, "New container", { project: project.name }),
        whyButton(container),
      ]),
    ],
  };
}

function failed({ container, project }: CardFacts): Message {
  const text = mrkdwn`${name(project)} could not be started.`;
  return {
    text,
    blocks: [
      title("x", project, mrkdwn`could not be started`),
      ...because(container),
      context(
        mrkdwn`It was cleaned up and holds nothing. Your files in ${code("/workspace")} are untouched.`,
      ),
      ...buttons([
        button(newContainer, "Try again", { project: project.name }, { style: "primary" }),
        whyButton(container),
      ]),
    ],
  };
}

function title(emoji: string, project: { name: string }, state: Mrkdwn): KnownBlock {
  return section(mrkdwn`:${plain(emoji)}:  ${name(project)}  ·  ${state}`);
}

function name(project: { name: string }): Mrkdwn {
  return bold(plain(project.name));
}

function given(facts: CardFacts): KnownBlock {
  const { container, devices } = facts;
  const { limits } = container;
  return columns([
    mrkdwn`*GPU*\n${plain(givenDevices(devices))}`,
    limits
      ? mrkdwn`*CPU and memory*\n${plain(counted(limits.cpus, "CPU"))}, ${plain(figure(limits.memoryGiB))} GB`
      : mrkdwn`*CPU and memory*\nas your limits say`,
    endsWhen(facts),
    mrkdwn`*Image*\n${plain(container.image)}`,
  ]);
}

/** The earliest of its ends, and what it is if not its hours. */
function endsWhen({ container, ends: [first] }: CardFacts): Mrkdwn {
  const asked = mrkdwn`${plain(hoursInWords(container.hours))} asked`;
  if (first && first.reason !== "end") return mrkdwn`*Ends*\n${at(first.at)}: ${sentence(first.because)}`;
  const when = first?.at ?? container.endsAt;
  return when ? mrkdwn`*Ends*\n${at(when)} (${asked})` : mrkdwn`*Hours*\n${asked}, from when it runs`;
}

/** What hinders it at the moment. */
function troubled(container: Container): KnownBlock[] {
  return container.trouble ? [section(mrkdwn`:warning:  ${sentence(container.trouble)}`)] : [];
}

/** Why it ended, in the words of whoever ended it. */
function because(container: Container): KnownBlock[] {
  return container.outcome ? [section(sentence(container.outcome))] : [];
}

function whyButton(container: Container) {
  return button(askWhy, "Why?", { containerId: container.id });
}
