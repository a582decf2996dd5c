import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { button } from "../define-action.ts";
import { bold, code, mrkdwn, plain } from "../mrkdwn.ts";
import { newContainer, runContainer } from "../pressables.ts";
import { retireButton } from "../worded-buttons.ts";
import { buttons, type Message, section } from "./blocks.ts";

/** The answer to whoever stops, retires or leaves: what is so now, and what stays. */
export function ended(view: ContainerView): Message {
  const { container, project } = view;
  const name = bold(plain(project.name));
  if (container.state === "retired") {
    const text = container.grantedAt === null ? mrkdwn`${name} left the line.` : mrkdwn`${name} is retired.`;
    return said(
      text,
      `ballot_box_with_check`,
      buttons([button(newContainer, "New container", { project: project.name })]),
    );
  }
  if (container.wanted === "retired")
    return said(
      mrkdwn`${name} is being retired. Your files in ${code("/workspace")} stay.`,
      "large_orange_circle",
    );
  if (container.state === "stopped") {
    const run = button(runContainer, "Resume", { containerId: container.id });
    return said(
      mrkdwn`${name} is stopped.`,
      "white_circle",
      buttons([run, retireButton(container.id, project.name)]),
    );
  }
  if (container.state === "stopping" && container.wanted === "running")
    return said(
      mrkdwn`${name} is stopping, to go on with 1 GPU as soon as one is free. Its files and what you installed come along.`,
      "large_orange_circle",
    );
  if (container.wantedBy === "owner-frees")
    return said(
      mrkdwn`${name} is stopping; its GPU is given back as soon as it is seen empty. Its files are kept.`,
      "large_orange_circle",
    );
  return said(
    mrkdwn`${name} is stopping. Its files are kept; its card says how long its GPU is.`,
    "large_orange_circle",
  );
}

export function gpuFreed({ project }: ContainerView): Message {
  return said(
    mrkdwn`The GPU of ${bold(plain(project.name))} is free for others now.`,
    "ballot_box_with_check",
  );
}

function said(text: Message["text"], emoji: string, more: Message["blocks"] = []): Message {
  return { text, blocks: [section(mrkdwn`:${plain(emoji)}:  ${text}`), ...more] };
}
