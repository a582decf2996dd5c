import type { ContainerView } from "../../ledger/queries/container-views.ts";
import type { Container } from "../../ledger/schema.ts";
import { button, confirm } from "../define-action.ts";
import { bold, code, mrkdwn, plain } from "../mrkdwn.ts";
import { retireAndAdd } from "../pressables.ts";
import { retireButton } from "../worded-buttons.ts";
import { buttons, type Message, section } from "./blocks.ts";
import { givenDevices } from "./device-words.ts";
import { hasInstalled, installedByHand } from "./installed.ts";

/** Before a container is retired: what would be lost and what stays. `installed`: what was installed in it by hand, if known. */
export function retireQuestion(
  { container, project, devices }: ContainerView,
  installed: Container["installed"] = container.installed,
): Message {
  const name = bold(plain(project.name));
  const text = mrkdwn`Retire ${name}?`;
  const frees =
    devices.length > 0 ? mrkdwn` ${plain(givenDevices(devices))} goes to whoever is next.` : mrkdwn``;
  return {
    text,
    blocks: [
      section(
        mrkdwn`${text} Everything that runs in it ends, and what you installed outside ${code("/workspace")} is lost.${frees} Your files in ${code("/workspace")} stay.`,
      ),
      ...installedByHand(installed),
      ...buttons([
        retireButton(container.id, project.name),
        hasInstalled(installed) ? retireAndAddButton(container, project.name) : undefined,
      ]),
    ],
  };
}

function retireAndAddButton(container: Container, project: string) {
  const label =
    container.buildId === null ? "Retire, and make an image with it" : "Retire, and add to the image";
  return button(
    retireAndAdd,
    label,
    { containerId: container.id },
    {
      confirm: confirm(
        `Retire ${project}?`,
        "Everything that runs in it ends and its GPU goes to whoever is next. Then the image is made with what you installed. Your files in /workspace stay.",
        "Retire it",
      ),
    },
  );
}
