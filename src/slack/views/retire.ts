import type { ContainerView } from "../../ledger/queries/containers.ts";
import { bold, code, mrkdwn, plain } from "../mrkdwn.ts";
import { retireButton } from "../pressables.ts";
import { buttons, type Message, section } from "./blocks.ts";
import { givenDevices } from "./device-words.ts";

/** Before a container is retired: what would be lost and what stays. */
export function retireQuestion({ container, project, devices }: ContainerView): Message {
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
      ...buttons([retireButton(container.id, project.name)]),
    ],
  };
}
