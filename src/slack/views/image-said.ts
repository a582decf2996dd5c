import type { Deletion } from "../../images/delete.ts";
import type { Build } from "../../ledger/image-tables.ts";
import type { ImageView } from "../../ledger/queries/images.ts";
import { counted } from "../../sentence.ts";
import { button } from "../define-action.ts";
import { bold, code, mrkdwn, plain } from "../mrkdwn.ts";
import { createImage, deployImage, seeImages, showImage } from "../pressables.ts";
import { sizeOf } from "./bars.ts";
import { buttons, context, type KnownBlock, type Message, section } from "./blocks.ts";
import { deleteButton } from "./image.ts";

/** Before an image or a tag is deleted: what would be gone, and one button each. `old`: what the old builds alone would free. */
export function deleteQuestion(
  deletion: Deletion,
  what: { what: "image" } | { what: "tag"; tag: string },
  old: Deletion | undefined,
): Message {
  const { view, freesBytes } = deletion;
  const called = what.what === "tag" ? `${view.image.name}:${what.tag}` : view.image.name;
  const text = mrkdwn`Delete ${bold(plain(called))}?`;
  const tags =
    what.what === "image" && view.tags.length > 0
      ? mrkdwn` with ${plain(counted(view.tags.length, "tag"))}`
      : mrkdwn``;
  return {
    text,
    blocks: [
      section(
        mrkdwn`${text} It${tags} can't be deployed any more. ${room(deletion)} What it is made of stays written down: it can be built again.`,
      ),
      ...(old ? oldBuilds(old) : []),
      ...buttons([
        deleteButton(view, what, freesBytes),
        old ? deleteButton(view, { what: "old-builds" }, old.freesBytes) : undefined,
        button(showImage, "Show it", { imageId: view.image.id }),
      ]),
    ],
  };
}

/** Where the image itself can't go, its old builds may. */
export function oldBuildsQuestion(deletion: Deletion, whyNot: string): Message {
  const text = mrkdwn`${plain(whyNot)}`;
  return {
    text,
    blocks: [
      section(mrkdwn`:no_entry_sign:  ${text}`),
      ...oldBuilds(deletion),
      ...buttons([
        deleteButton(deletion.view, { what: "old-builds" }, deletion.freesBytes),
        button(showImage, "Show it", { imageId: deletion.view.image.id }),
      ]),
    ],
  };
}

function oldBuilds({ builds, freesBytes }: Deletion): KnownBlock[] {
  return [
    context(
      mrkdwn`${plain(counted(builds.length, "old build"))} that nothing uses ${builds.length === 1 ? mrkdwn`takes` : mrkdwn`take`} about ${plain(sizeOf(freesBytes))} of that.`,
    ),
  ];
}

function room({ freesBytes, isEstimate }: Deletion) {
  if (freesBytes <= 0)
    return mrkdwn`Other images have all of its parts too, so hardly any disk is free again.`;
  return mrkdwn`${isEstimate ? mrkdwn`At most ` : mrkdwn`About `}${plain(sizeOf(freesBytes))} of disk are free again.`;
}

export function imageDeleted(
  { view, builds, freesBytes }: Deletion,
  what: "image" | "old-builds" | { tag: string },
): Message {
  const { image } = view;
  const text =
    what === "image"
      ? mrkdwn`The image ${bold(plain(image.name))} is deleted.`
      : what === "old-builds"
        ? mrkdwn`${plain(counted(builds.length, "old build"))} of ${bold(plain(image.name))} ${builds.length === 1 ? mrkdwn`is` : mrkdwn`are`} deleted.`
        : mrkdwn`The tag ${bold(plain(`${image.name}:${what.tag}`))} is deleted.`;
  const frees =
    builds.length > 0
      ? mrkdwn` About ${plain(sizeOf(freesBytes))} of disk are free in a moment.`
      : mrkdwn` Its parts are still in use under another name, so no disk is free again.`;
  return {
    text,
    blocks: [
      section(mrkdwn`:ballot_box_with_check:  ${text}${frees}`),
      ...buttons([
        what === "image"
          ? button(createImage, "Make it again", { name: image.name })
          : button(showImage, "Show the image", { imageId: image.id }),
        button(seeImages, "My images", {}),
      ]),
    ],
  };
}

export function imageTagged({ image }: ImageView, tag: string, build: Build): Message {
  const called = `${image.name}:${tag}`;
  const text = mrkdwn`${bold(plain(called))} keeps what ${plain(image.name)} is now, for ever.`;
  return {
    text,
    blocks: [
      section(
        mrkdwn`:bookmark:  ${text}\n${code(`/container-deploy ${image.name} --image ${called}`)} brings exactly that environment back, whatever ${plain(image.name)} becomes.`,
      ),
      context(mrkdwn`Its digest: ${code(build.engineImageId ?? "")}`),
      ...buttons([button(deployImage, "Deploy", { image: called, project: image.name })]),
    ],
  };
}
