import type { BuildView } from "../../ledger/queries/builds.ts";
import { button } from "../define-action.ts";
import { bold, code, joined, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { deployImage, sendLog, showContents, showDockerfile, showImage, updateImage } from "../pressables.ts";
import { redeployButton } from "../worded-buttons.ts";
import { buttons, context, copyable, type KnownBlock, type Message, section } from "./blocks.ts";
import { contentsFacts, inTime, name } from "./build.ts";

/** A block of preformatted text takes about as many letters. */
const mostTail = 2_800;

/** Containers of the member's that go on with an older build of the image. */
export type OnOldBuild = { containerId: number; project: string };

/** The new message when a build has ended. `undefined`: there is nothing to tell yet. */
export function buildEnded(
  view: BuildView,
  { older, isLatest, hasLog }: { older: readonly OnOldBuild[]; isLatest: boolean; hasLog: boolean },
): Message | undefined {
  switch (view.build.state) {
    case "ready":
      return ready(view, older, isLatest);
    case "failed":
      return failed(view, hasLog);
    case "cancelled":
      return cancelled(view);
    default:
      return undefined;
  }
}

function ready(view: BuildView, older: readonly OnOldBuild[], isLatest: boolean): Message {
  const { build, image } = view;
  const took = build.startedAt && build.endedAt ? mrkdwn`, built${inTime(build)}` : mrkdwn``;
  const text = mrkdwn`The image ${name(view)} is ready${took}.`;
  const asked = `${image.name}:latest`;
  return {
    text,
    blocks: [
      section(mrkdwn`:package:  ${text}`),
      contentsFacts(build),
      ...(isLatest
        ? []
        : [
            context(
              mrkdwn`A newer build of it was ready before this one, so that one stays what ${code(image.name)} is.`,
            ),
          ]),
      ...buttons([
        button(deployImage, "Deploy", { image: asked, project: image.name }, { style: "primary" }),
        button(showContents, "What is in it", { buildId: build.id }),
        button(showDockerfile, "Show Dockerfile", { buildId: build.id }),
        button(showImage, "More", { imageId: image.id }),
      ]),
      ...(isLatest ? onOlder(older, asked) : []),
    ],
  };
}

function onOlder(older: readonly OnOldBuild[], image: string): KnownBlock[] {
  if (older.length === 0) return [];
  const names = older.map(({ project }) => project);
  return [
    section(
      mrkdwn`${bold(plain(names.join(", ")))} ${names.length === 1 ? mrkdwn`goes` : mrkdwn`go`} on with the image as it was. To have the new one, deploy again:`,
    ),
    ...buttons(
      older
        .slice(0, 5)
        .map(({ containerId, project }) =>
          redeployButton(containerId, project, { image }, `Deploy ${project} again`),
        ),
    ),
  ];
}

function failed(view: BuildView, hasLog: boolean): Message {
  const { build, image } = view;
  const because = build.failure?.because ?? "It failed without saying why.";
  const tail = clippedTail(build.failure?.tail ?? []);
  const text = mrkdwn`The image ${name(view)} could not be built. ${sentence(because)}`;
  return {
    text,
    blocks: [
      section(mrkdwn`:x:  The image ${name(view)} could not be built.`),
      section(sentence(because)),
      ...(tail === "" ? [] : [context(mrkdwn`The end of what it printed:`), copyable(tail)]),
      context(
        joined(
          [
            image.latestBuildId === null
              ? mrkdwn`Nothing else changed.`
              : mrkdwn`${name(view)} stays what it was before.`,
            hasLog ? mrkdwn`All that it printed is in the file below.` : undefined,
          ],
          " ",
        ),
      ),
      ...buttons([
        button(updateImage, "Change and try again", { imageId: image.id }, { style: "primary" }),
        button(showDockerfile, "Show Dockerfile", { buildId: build.id }),
        hasLog ? button(sendLog, "Send the log again", { buildId: build.id }) : undefined,
      ]),
    ],
  };
}

function cancelled(view: BuildView): Message {
  const { image } = view;
  const text = mrkdwn`Building ${name(view)} was cancelled.`;
  return {
    text,
    blocks: [
      section(mrkdwn`:ballot_box_with_check:  ${text}`),
      context(
        image.latestBuildId === null
          ? mrkdwn`Nothing was built.`
          : mrkdwn`${name(view)} stays what it was before.`,
      ),
      ...buttons([button(updateImage, "Change and build", { imageId: image.id })]),
    ],
  };
}

function clippedTail(lines: readonly string[]): string {
  const text = lines.join("\n");
  if (text.length <= mostTail) return text;
  const end = text.slice(-mostTail);
  return `…\n${end.slice(end.indexOf("\n") + 1)}`;
}
