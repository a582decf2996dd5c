import type { Offer } from "../errors.ts";
import { button, confirm } from "./define-action.ts";
import { choiceOf } from "./device-choices.ts";
import {
  addKey,
  askExtension,
  askWhy,
  cancelBuild,
  createImage,
  enrolMe,
  extendContainer,
  freeGpuNow,
  keepContainer,
  keepFilesOf,
  leaveLine,
  newContainer,
  openCard,
  redeploy,
  resumeWithOne,
  retireContainer,
  runContainer,
  seeQueue,
  showImage,
  startFresh,
  stopAndFree,
  stopContainer,
  updateImage,
} from "./pressables.ts";

/** Buttons with their words, and with the question before something is lost: said once, wherever they stand. */

/** The button for something that a rule of another room offers. `project`: whose container it is, for the question. */
export function offered(offer: Offer, project = "this container") {
  switch (offer.kind) {
    case "add-key":
      return button(addKey, "Add an SSH key", {}, { style: "primary" });
    case "enrol":
      return button(enrolMe, "Choose my handle", {}, { style: "primary" });
    case "new-container":
      return button(newContainer, "New container", offer.project ? { project: offer.project } : {});
    case "open":
      return button(openCard, "Open it", { containerId: offer.containerId });
    case "run":
      return button(runContainer, "Resume", { containerId: offer.containerId });
    case "start-fresh":
      return startFreshButton(offer.containerId, project);
    case "resume-with-one":
      return resumeWithOneButton(offer.containerId, project);
    case "keep":
      return keepButton(offer.containerId);
    case "keep-files":
      return keepFilesButton(offer.containerId);
    case "stop":
      return stopButton(offer.containerId, project);
    case "free-gpu":
      return freeGpuButton(offer.containerId, project);
    case "retire":
      return retireButton(offer.containerId, project);
    case "redeploy": {
      const { wish, ...filled } = offer.again;
      return redeployButton(offer.containerId, project, {
        ...filled,
        ...(wish ? { devices: choiceOf(wish) } : {}),
      });
    }
    case "leave":
      return leaveButton(offer.containerId, project);
    case "extend":
      return extendButton(offer);
    case "queue":
      return button(seeQueue, "My place in the line", {});
    case "ask-extension":
      return button(askExtension, "Ask an admin", { containerId: offer.containerId, hours: offer.hours });
    case "why":
      return button(askWhy, "Why?", { containerId: offer.containerId });
    case "create-image":
      return button(createImage, "New image", offer.name ? { name: offer.name } : {});
    case "update-image":
      return button(updateImage, "Change the image", { imageId: offer.imageId });
    case "cancel-build":
      return cancelBuildButton(offer.buildId, "the image");
    case "show-image":
      return button(showImage, "Show the image", { imageId: offer.imageId });
  }
}

export function keepButton(containerId: number) {
  return button(keepContainer, "Keep 2 h", { containerId }, { style: "primary" });
}

export function keepFilesButton(containerId: number) {
  return button(keepFilesOf, "Keep files", { containerId }, { style: "primary" });
}

export function stopButton(containerId: number, project: string) {
  return button(
    stopContainer,
    "Stop",
    { containerId },
    {
      confirm: confirm(
        `Stop ${project}?`,
        "Everything that runs in it ends. Files and installed packages stay.",
        "Stop it",
      ),
    },
  );
}

export function startFreshButton(containerId: number, project: string) {
  return button(
    startFresh,
    "Start fresh",
    { containerId },
    {
      style: "danger",
      confirm: confirm(
        `Start ${project} fresh?`,
        "It is made anew from its image, on whatever GPU is free. Whatever you installed or changed outside /workspace is lost. Your files in /workspace stay, and so do address, port and host key.",
        "Start it fresh",
      ),
    },
  );
}

export function resumeWithOneButton(containerId: number, project: string) {
  return button(
    resumeWithOne,
    "Stop and resume with 1",
    { containerId },
    {
      confirm: confirm(
        `Stop ${project} and resume it with 1 GPU?`,
        "Everything that runs in it ends. Then it asks anew for one GPU and comes back with its files and what you installed, as soon as one is free.",
        "Stop and resume",
      ),
    },
  );
}

/** On a notice: the same, in words that fit the moment. */
export function stopNowButton(containerId: number, project: string) {
  return button(
    stopContainer,
    "Stop now",
    { containerId },
    {
      confirm: confirm(
        `Stop ${project} now?`,
        "Everything that runs in it ends. Files and installed packages stay; its GPU stays yours for a while.",
        "Stop it now",
      ),
    },
  );
}

/** `waits`: the project for whose sake it is stopped. */
export function stopAndFreeButton(containerId: number, project: string, waits: string) {
  return button(
    stopAndFree,
    `Stop ${project}`,
    { containerId },
    {
      confirm: confirm(
        `Stop ${project} so that ${waits} can start?`,
        "Everything that runs in it ends and its GPU is given back at once. Its files and installed packages stay; Resume brings it back on another GPU, once one is free.",
        "Stop it",
      ),
    },
  );
}

export function extendButton(
  { containerId, endId, hours }: { containerId: number; endId: number; hours: number },
  { primary }: { primary?: boolean } = {},
) {
  const label = `Extend ${Number(hours.toFixed(2))} h`;
  return button(extendContainer, label, { containerId, endId, hours }, primary ? { style: "primary" } : {});
}

export function retireButton(containerId: number, project: string, label = "Retire") {
  return button(
    retireContainer,
    label,
    { containerId },
    {
      style: "danger",
      confirm: confirm(
        `Retire ${project}?`,
        "Everything that runs in it ends, its GPU goes to whoever is next, and whatever you installed outside /workspace is lost. Your files in /workspace stay.",
        "Retire it",
      ),
    },
  );
}

/** `filled`: what the form has in it afterwards. */
export function redeployButton(
  containerId: number,
  project: string,
  filled: { image?: string; devices?: string; hours?: number },
  label = "Retire and deploy again",
) {
  return button(
    redeploy,
    label,
    { containerId, ...filled },
    {
      confirm: confirm(
        `Deploy ${project} again?`,
        "First it is retired: everything that runs in it ends, its GPU goes to whoever is next, and what you installed outside /workspace is lost. Your files in /workspace stay.",
        "Retire it",
      ),
    },
  );
}

export function freeGpuButton(containerId: number, project: string, label = "Free it now") {
  return button(
    freeGpuNow,
    label,
    { containerId },
    {
      confirm: confirm(
        `Free the GPU of ${project}?`,
        "Somebody else may get it. Resume then brings this container back on another GPU, once one is free.",
        "Free it",
      ),
    },
  );
}

export function leaveButton(containerId: number, project: string) {
  return button(
    leaveLine,
    "Leave the line",
    { containerId },
    {
      confirm: confirm(`Leave the line with ${project}?`, "Its place is lost. Your files stay.", "Leave"),
    },
  );
}

export function cancelBuildButton(buildId: number, image: string) {
  return button(
    cancelBuild,
    "Cancel",
    { buildId },
    {
      confirm: confirm(
        `Stop building ${image}?`,
        "What was built so far is kept for the next try. The image stays as it was before.",
        "Stop building",
      ),
    },
  );
}
