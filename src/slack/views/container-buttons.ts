import { defaultExtensionHours } from "../../ends/judge-extension.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { button } from "../define-action.ts";
import { runContainer, seeStats, sshConfig } from "../pressables.ts";
import {
  extendButton,
  freeGpuButton,
  keepButton,
  keepFilesButton,
  leaveButton,
  retireButton,
  startFreshButton,
  stopButton,
} from "../worded-buttons.ts";
import { whyButton } from "./card-parts.ts";

/** So long before it would be removed, its owner is asked; so long before, not. */
const keepFilesWithinMs = 24 * 3_600_000;

/** What makes sense now of one of one's own, wherever they are listed; in the words of its card and its notices. */
export function containerButtons(view: ContainerView, now: Date) {
  const { container, project } = view;
  const { id, state } = container;
  const why = whyButton(container);
  if (container.wanted === "retired") return [why];
  switch (state) {
    case "waiting":
      return [leaveButton(id, project.name), why];
    case "starting":
      return container.wanted === "running" ? [stopButton(id, project.name), why] : [why];
    case "running":
      if (container.wanted !== "running") return [why];
      return [
        button(sshConfig, "SSH config", { containerId: id }),
        keepNowButton(view),
        extendHoursButton(view),
        button(seeStats, "Stats", { containerId: id }),
        stopButton(id, project.name),
        retireButton(id, project.name),
        why,
      ];
    case "stopped":
      return [
        button(runContainer, "Resume", { containerId: id }, { style: "primary" }),
        container.resume === null ? undefined : startFreshButton(id, project.name),
        isRemovedSoon(view, now) ? keepFilesButton(id) : undefined,
        isGpuKept(view, now) ? freeGpuButton(id, project.name) : undefined,
        retireButton(id, project.name),
        why,
      ];
    default:
      return [why];
  }
}

/** Where it is to end because nobody uses it. */
export function keepNowButton({ container, ends }: Pick<ContainerView, "container" | "ends">) {
  const isUnused = ends.some(({ reason }) => reason === "idle" || reason === "no-show");
  return isUnused ? keepButton(container.id) : undefined;
}

/** Only its hours can be moved by its owner; where something else ends it first, more hours would change nothing. */
export function extendHoursButton({ container, ends: [first] }: Pick<ContainerView, "container" | "ends">) {
  if (first?.reason !== "end") return undefined;
  return extendButton({ containerId: container.id, endId: first.id, hours: defaultExtensionHours });
}

/** It is stopped and has a GPU all the same. */
export function isGpuKept(
  { container, devices }: Pick<ContainerView, "container" | "devices">,
  now: Date,
): boolean {
  return container.gpuKeptUntil !== null && container.gpuKeptUntil > now && devices.length > 0;
}

function isRemovedSoon({ ends }: Pick<ContainerView, "ends">, now: Date): boolean {
  return ends.some(
    ({ reason, at }) => reason === "remove" && at.getTime() - now.getTime() < keepFilesWithinMs,
  );
}
