import type { Container } from "../../ledger/schema.ts";
import { button } from "../define-action.ts";
import { at, bold, code, joined, mrkdwn, plain } from "../mrkdwn.ts";
import { addInstalled, cantConnect, newContainer, runContainer, sshConfig } from "../pressables.ts";
import { freeGpuButton, retireButton, startFreshButton, stopButton } from "../worded-buttons.ts";
import { lasting } from "./bars.ts";
import { buttons, context, copyable, type Message, section } from "./blocks.ts";
import { because, type CardFacts, given, name, title, troubled, whyButton } from "./card-parts.ts";
import { awaitsImage, starting, waiting } from "./card-until-ready.ts";
import { extendHoursButton, isGpuKept, keepNowButton } from "./container-buttons.ts";
import { givenDevices } from "./device-words.ts";
import { addInstalledLabel, hasInstalled, installedByHand } from "./installed.ts";

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
      ...comeBy(facts),
      ...(signIn
        ? [context(mrkdwn`The first time, ssh shows this fingerprint: ${code(signIn.fingerprint)}`)]
        : []),
      context(mrkdwn`Your files belong in ${code("/workspace")}: they stay when the container goes.`),
      ...buttons([
        button(sshConfig, "SSH config", { containerId: container.id }, { style: "primary" }),
        button(cantConnect, "Can't connect?", { containerId: container.id }),
        keepNowButton(facts),
        extendHoursButton(facts),
        stopButton(container.id, project.name),
        retireButton(container.id, project.name),
        whyButton(container),
      ]),
    ],
  };
}

/** It was waited for, and others wait still. */
function comeBy({ ends: [first] }: CardFacts) {
  if (first?.reason !== "no-show") return [];
  return [
    section(
      mrkdwn`:hourglass_flowing_sand:  ${bold(mrkdwn`Sign in by ${at(first.at)}`)} and it stays yours: somebody waits for its GPU.`,
    ),
  ];
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
          : container.wanted === "running"
            ? mrkdwn`Everything that runs in it is told to end. Then it asks for 1 GPU, and comes back with all that is in it.`
            : mrkdwn`Everything that runs in it is told to end and has a moment to do so.`,
      ),
    ],
  };
}

/** Nobody came when it was its turn. */
function placeKept({ placeKeptUntil }: Pick<Container, "placeKeptUntil">, now: Date) {
  if (placeKeptUntil === null || placeKeptUntil <= now) return [];
  return [
    section(
      mrkdwn`Your place in the line is kept until ${at(placeKeptUntil)}: press Resume when you are back.`,
    ),
  ];
}

function stopped({ container, project, devices, ends, now }: CardFacts): Message {
  const removal = ends.find(({ reason }) => reason === "remove");
  const kept = isGpuKept({ container, devices }, now);
  const text = mrkdwn`${name(project)} is stopped.`;
  const what = kept
    ? mrkdwn`${plain(givenDevices(devices))} ${devices.length > 1 ? mrkdwn`stay` : mrkdwn`stays`} yours until ${at(container.gpuKeptUntil as Date)}: resume it by then and it starts at once.`
    : mrkdwn`It holds no GPU. ${plain(resumeInWords(container))}`;
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
      ...placeKept(container, now),
      section(container.wish.kind === "cpu" ? mrkdwn`Resume starts it again, with all that is in it.` : what),
      context(
        mrkdwn`Your files and its image are kept, and what you installed${removal ? mrkdwn` until ${at(removal.at)}` : mrkdwn``}. Address, port and host key stay the same.`,
      ),
      ...buttons([
        button(runContainer, "Resume", { containerId: container.id }, { style: "primary" }),
        container.resume === null ? undefined : startFreshButton(container.id, project.name),
        kept ? freeGpuButton(container.id, project.name) : undefined,
        retireButton(container.id, project.name),
        whyButton(container),
      ]),
    ],
  };
}

/** What comes back with it, and on what. */
function resumeInWords({ resume }: Pick<Container, "resume">): string {
  if (resume === "too-large")
    return "Resume brings it back on the very GPU it was made with, once that is free; Start fresh on any, without what was installed in it.";
  if (resume !== null)
    return "Resume tries again to bring it to another GPU; Start fresh does so without what was installed in it.";
  return "Resume brings it back on whatever GPU is free, with all that is in it.";
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
