import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { button } from "../define-action.ts";
import { bold, code, mrkdwn, plain } from "../mrkdwn.ts";
import { deployImage } from "../pressables.ts";
import { buttons, type Message, section } from "./blocks.ts";

/** A container is retired so that it can start anew from another image. */
export function retiringFirst({ project }: ContainerView, image: string): Message {
  const text = mrkdwn`${bold(plain(project.name))} is being retired. Deploy it again when its card says that it is: its files, port and host key stay.`;
  return {
    text,
    blocks: [
      section(mrkdwn`:arrows_counterclockwise:  ${text}\nThe form has ${code(image)} in it already.`),
      ...buttons([
        button(deployImage, `Deploy ${project.name}`, { image, project: project.name }, { style: "primary" }),
      ]),
    ],
  };
}
