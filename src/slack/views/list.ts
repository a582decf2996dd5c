import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { counted } from "../../sentence.ts";
import { button } from "../define-action.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { newContainer, openCard } from "../pressables.ts";
import { ordinal } from "./bars.ts";
import { buttons, type KnownBlock, type Message, section } from "./blocks.ts";
import { containerButtons } from "./container-buttons.ts";
import { askedFor, givenDevices } from "./device-words.ts";

const mostShown = 20;

/** One's own containers, each with the buttons that make sense now. */
export function list(views: readonly ContainerView[], now: Date): Message {
  if (views.length === 0) {
    const text = mrkdwn`You have no containers.`;
    return {
      text,
      blocks: [
        section(mrkdwn`${text} ${code("/container-deploy")} makes one, or this button:`),
        ...buttons([button(newContainer, "New container", {}, { style: "primary" })]),
      ],
    };
  }
  const text = mrkdwn`You have ${plain(counted(views.length, "container"))}: ${joined(
    views.map((view) => mrkdwn`${plain(view.project.name)} (${stateBriefly(view)})`),
    ", ",
  )}.`;
  return {
    text,
    blocks: [
      ...views.slice(0, mostShown).flatMap((view) => row(view, now)),
      ...buttons([button(newContainer, "New container", {})]),
    ],
  };
}

function row(view: ContainerView, now: Date): KnownBlock[] {
  const open = button(openCard, "Open", { containerId: view.container.id });
  return [section(containerLine(view)), ...buttons([open, ...containerButtons(view, now)])];
}

/** "🟢 vision · running on GPU 0 until 18:00" */
export function containerLine(view: ContainerView): Mrkdwn {
  return mrkdwn`${plain(sign(view))}  ${bold(plain(view.project.name))}  ·  ${stateBriefly(view)}`;
}

export function stateBriefly({ container, devices, place, ends: [first] }: ContainerView): Mrkdwn {
  const onto = devices.length > 0 ? mrkdwn` on ${plain(givenDevices(devices))}` : mrkdwn``;
  const until = first?.at ?? container.endsAt;
  const ends = until ? mrkdwn`, ends ${at(until)}` : mrkdwn``;
  if (container.state === "waiting" && container.awaitsBuildId)
    return mrkdwn`waiting for its image, which is being built`;
  if (container.state === "waiting")
    return mrkdwn`waiting for ${plain(askedFor(container))}${place ? mrkdwn`, ${plain(ordinal(place))} in the line` : mrkdwn`, passed over for now`}`;
  if (container.state !== "retired" && container.state !== "failed" && container.wanted === "retired")
    return mrkdwn`being retired`;
  if (container.state === "stopped")
    return container.gpuKeptUntil && devices.length > 0
      ? mrkdwn`stopped; ${plain(givenDevices(devices))} kept until ${at(container.gpuKeptUntil)}`
      : mrkdwn`stopped`;
  if (container.state === "running" && container.wanted === "running") return mrkdwn`running${onto}${ends}`;
  if (container.state === "starting" && container.wanted === "running") return mrkdwn`starting${onto}`;
  if (container.state === "retired") return mrkdwn`retired`;
  if (container.state === "failed") return mrkdwn`could not be started`;
  return mrkdwn`stopping`;
}

function sign({ container }: ContainerView): string {
  if (container.wanted !== "running" && container.state !== "stopped") return ":large_orange_circle:";
  switch (container.state) {
    case "running":
      return ":large_green_circle:";
    case "starting":
      return ":large_yellow_circle:";
    case "waiting":
      return ":hourglass_flowing_sand:";
    case "failed":
      return ":x:";
    default:
      return ":white_circle:";
  }
}
