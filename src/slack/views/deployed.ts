import type { ContainerView } from "../../ledger/queries/container-views.ts";
import type { Wait } from "../../waitlist/waits.ts";
import { button } from "../define-action.ts";
import { bold, code, mrkdwn, plain } from "../mrkdwn.ts";
import { openCard } from "../pressables.ts";
import { buttons, context, type Message, section } from "./blocks.ts";
import { givenDevices } from "./device-words.ts";
import { placeBriefly, waitBlocks, waitButtons } from "./waiting.ts";

/** The answer to whoever deploys or runs one: what was given, and where the rest will be told. */
export function deployed(
  view: ContainerView,
  { prefix, wait, now }: { prefix: string; wait?: Wait | undefined; now: Date },
): Message {
  const { container, project, devices } = view;
  const name = bold(plain(project.name));
  if (container.state === "waiting" && container.awaitsBuildId !== null) {
    const text = mrkdwn`${name} starts when its image is built.`;
    return {
      text,
      blocks: [
        section(
          mrkdwn`:hammer_and_wrench:  ${text}\nNothing more to do: its card in our conversation shows how far it is, and a new message tells you when it starts.`,
        ),
      ],
    };
  }
  if (container.state === "waiting") {
    const text = mrkdwn`${name} waits: ${wait ? placeBriefly(wait) : mrkdwn`in the line`}.`;
    return {
      text,
      blocks: [
        section(mrkdwn`:hourglass_flowing_sand:  ${text}`),
        ...(wait ? waitBlocks(wait, now) : []),
        context(mrkdwn`Nothing more to do: a message in our conversation tells you when it starts.`),
        ...waitButtons({ container, project: project.name }),
      ],
    };
  }
  if (container.state === "running") {
    const text = mrkdwn`${name} is running.`;
    return {
      text,
      blocks: [
        section(mrkdwn`:large_green_circle:  ${text}`),
        ...buttons([button(openCard, "How to sign in", { containerId: container.id })]),
      ],
    };
  }
  const onto = devices.length > 0 ? mrkdwn` on ${plain(givenDevices(devices))}` : mrkdwn``;
  const text = mrkdwn`${name} is starting${onto}.`;
  return {
    text,
    blocks: [
      section(
        mrkdwn`:large_yellow_circle:  ${text}\nIts card in our conversation shows the SSH command in a moment; ${code(`/${prefix}container-list`)} shows it at any time.`,
      ),
    ],
  };
}
