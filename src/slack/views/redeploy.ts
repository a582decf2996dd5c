import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { button } from "../define-action.ts";
import { bold, code, mrkdwn, plain } from "../mrkdwn.ts";
import { deployImage } from "../pressables.ts";
import { buttons, type Message, section } from "./blocks.ts";

/** A container is retired so that it can start anew. `filled`: what the form will have in it. */
export function retiringFirst(
  { container, project }: ContainerView,
  filled: { image?: string | undefined; devices?: string | undefined; hours?: number | undefined },
): Message {
  const name = bold(plain(project.name));
  const text =
    container.state === "retired"
      ? mrkdwn`${name} is retired. Deploy it again: its files, port and host key stay.`
      : mrkdwn`${name} is being retired. Deploy it again when its card says that it is: its files, port and host key stay.`;
  const inForm = filled.image === undefined ? mrkdwn`what you asked for` : code(filled.image);
  return {
    text,
    blocks: [
      section(mrkdwn`:arrows_counterclockwise:  ${text}\nThe form has ${inForm} in it already.`),
      ...buttons([
        button(
          deployImage,
          `Deploy ${project.name}`,
          { ...filled, project: project.name },
          { style: "primary" },
        ),
      ]),
    ],
  };
}
