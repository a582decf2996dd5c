import type { Build } from "../../ledger/image-tables.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import type { Container } from "../../ledger/schema.ts";
import { counted } from "../../sentence.ts";
import type { Wait } from "../../waitlist/waits.ts";
import { button } from "../define-action.ts";
import { at, bold, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { askWhy } from "../pressables.ts";
import { figure } from "./bars.ts";
import { facts as columns, type KnownBlock, section } from "./blocks.ts";
import { givenDevices, hoursInWords } from "./device-words.ts";

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

export function title(emoji: string, project: { name: string }, state: Mrkdwn): KnownBlock {
  return section(mrkdwn`:${plain(emoji)}:  ${name(project)}  ·  ${state}`);
}

export function name(project: { name: string }): Mrkdwn {
  return bold(plain(project.name));
}

export function given(facts: CardFacts): KnownBlock {
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
export function troubled(container: Container): KnownBlock[] {
  return container.trouble ? [section(mrkdwn`:warning:  ${sentence(container.trouble)}`)] : [];
}

/** Why it ended, in the words of whoever ended it. */
export function because(container: Container): KnownBlock[] {
  return container.outcome ? [section(sentence(container.outcome))] : [];
}

export function whyButton(container: Container) {
  return button(askWhy, "Why?", { containerId: container.id });
}
