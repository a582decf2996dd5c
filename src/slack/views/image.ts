import { projectOf } from "../../container-name.ts";
import type { Build, Recipe } from "../../ledger/image-tables.ts";
import type { ImageView } from "../../ledger/queries/images.ts";
import { counted, listed } from "../../sentence.ts";
import { button, confirm } from "../define-action.ts";
import { chosenSets } from "../image-fields.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import {
  createImage,
  deleteImage,
  deployImage,
  shareImage,
  showContents,
  showDockerfile,
  showImage,
  tagImage,
  updateImage,
} from "../pressables.ts";
import { cancelBuildButton } from "../worded-buttons.ts";
import { sizeOf } from "./bars.ts";
import { buttons, context, divider, type KnownBlock, type Message, section } from "./blocks.ts";
import { contentsFacts } from "./build.ts";

/** A message takes 50 blocks. */
const mostOwn = 8;
const mostShared = 5;
const mostTags = 15;

/** One's own images and those that others share, each with what can be done with it. */
export function imageList(own: readonly ImageView[], shared: readonly ImageView[]): Message {
  const text =
    own.length === 0
      ? mrkdwn`You have no images of your own.`
      : mrkdwn`You have ${plain(counted(own.length, "image"))}: ${plain(listed(own.map(({ image }) => image.name)))}.`;
  const hidden = [...own.slice(mostOwn), ...shared.slice(mostShared)];
  return {
    text,
    blocks: [
      ...(own.length === 0
        ? [
            section(
              mrkdwn`${text} An image is an environment that containers start from: a framework and your packages.`,
            ),
          ]
        : []),
      ...own.slice(0, mostOwn).flatMap(ownRow),
      ...(shared.length > 0 ? [divider(), section(bold(mrkdwn`Shared with you`))] : []),
      ...shared.slice(0, mostShared).flatMap(sharedRow),
      ...(hidden.length > 0
        ? [
            context(
              mrkdwn`… and ${plain(listed(hidden.map(calledBy)))}; ${code("/image-list")} with a name shows one.`,
            ),
          ]
        : []),
      ...buttons([button(createImage, "New image", {}, own.length === 0 ? { style: "primary" } : {})]),
    ],
  };
}

function ownRow(view: ImageView): KnownBlock[] {
  const { image, latest } = view;
  const coming = comingOf(view);
  return [
    section(mrkdwn`${plain(sign(view))}  ${bold(plain(image.name))}  ·  ${stateOf(view)}`),
    ...aboutRow(view),
    ...buttons([
      latest ? deployButton(image.name, "latest", image.name, !coming) : undefined,
      button(updateImage, "Update", { imageId: image.id }),
      latest ? button(showContents, "What is in it", { buildId: latest.id }) : undefined,
      coming ? cancelBuildButton(coming.id, image.name) : undefined,
      button(showImage, "More", { imageId: image.id }),
    ]),
  ];
}

function aboutRow(view: ImageView): KnownBlock[] {
  const tags = tagsInWords(view);
  const parts = [tags, usedInWords(view), sharedInWords(view)].filter((part) => part !== undefined);
  return parts.length > 0 ? [context(joined(parts, "  ·  "))] : [];
}

function sharedRow(view: ImageView): KnownBlock[] {
  const { image, owner, latest } = view;
  const text = `${owner.handle}/${image.name}`;
  return [
    section(mrkdwn`:handshake:  ${bold(plain(text))}  ·  ${stateOf(view)}`),
    ...(view.tags.length > 0 ? [context(tagsInWords(view) ?? mrkdwn``)] : []),
    ...buttons([
      latest ? deployButton(text, "latest", image.name, false) : undefined,
      latest ? button(showContents, "What is in it", { buildId: latest.id }) : undefined,
      latest ? button(showDockerfile, "Show Dockerfile", { buildId: latest.id }) : undefined,
    ]),
  ];
}

/** Everything about one image, or what one of its tags holds. */
export function imagePage(
  view: ImageView,
  {
    tag,
    build,
    recipe,
    isOwn,
  }: { tag: string | undefined; build: Build | undefined; recipe: Recipe; isOwn: boolean },
): Message {
  const { image, owner } = view;
  const called = `${isOwn ? "" : `${owner.handle}/`}${image.name}`;
  const full = tag === undefined ? called : `${called}:${tag}`;
  const coming = tag === undefined ? comingOf(view) : undefined;
  const text = mrkdwn`${bold(plain(full))}  ·  ${build ? builtInWords(build, tag, view) : stateOf(view)}`;
  return {
    text,
    blocks: [
      section(mrkdwn`${plain(tag === undefined ? sign(view) : ":bookmark:")}  ${text}`),
      ...(build ? [contentsFacts(build)] : []),
      section(recipeInWords(recipe)),
      ...(tag === undefined ? tagLines(view, called) : []),
      ...aboutUse(view, build, tag),
      ...(build ? [context(mrkdwn`Its digest: ${code(build.engineImageId ?? "")}`)] : []),
      ...buttons([
        build ? deployButton(called, tag ?? "latest", image.name, true) : undefined,
        isOwn && tag === undefined ? button(updateImage, "Update", { imageId: image.id }) : undefined,
        build ? button(showContents, "What is in it", { buildId: build.id }) : undefined,
        build ? button(showDockerfile, "Show Dockerfile", { buildId: build.id }) : undefined,
        isOwn && build ? button(tagImage, "Keep under a tag…", { buildId: build.id }) : undefined,
        isOwn && tag === undefined ? button(shareImage, "Share with…", { imageId: image.id }) : undefined,
        coming && isOwn ? cancelBuildButton(coming.id, image.name) : undefined,
        isOwn ? deleteButton(view, tag === undefined ? { what: "image" } : { what: "tag", tag }) : undefined,
      ]),
    ],
  };
}

function builtInWords(build: Build, tag: string | undefined, { tags }: ImageView): Mrkdwn {
  const kept = tags.find((one) => one.name === tag);
  const built = mrkdwn`built ${at(build.endedAt ?? build.stateSince)}`;
  const gone = build.removedAt === null ? mrkdwn`` : mrkdwn`, no longer on the server`;
  return kept ? mrkdwn`kept ${at(kept.createdAt)}, ${built}${gone}` : mrkdwn`${built}${gone}`;
}

/** What it is made of, as its owner asked for it. */
export function recipeInWords({ base, sets, pip, apt }: Recipe): Mrkdwn {
  const chosen = chosenSets({ base, sets, pip, apt });
  return joined(
    [
      mrkdwn`*Made of*\n${base.kind === "catalogue" ? code(base.name) : mrkdwn`a Dockerfile of its own`}`,
      chosen.length > 0 ? mrkdwn`Sets: ${plain(chosen.join(", "))}` : undefined,
      pip.length > 0 ? mrkdwn`Python: ${someOf(pip)}` : undefined,
      apt.length > 0 ? mrkdwn`System: ${someOf(apt)}` : undefined,
    ],
    "\n",
  );
}

function someOf(lines: readonly string[]): Mrkdwn {
  const shown = lines.slice(0, 12).map((line) => code(line.slice(0, 80)));
  const hidden = lines.length - shown.length;
  return joined([joined(shown, ", "), hidden > 0 ? mrkdwn`and ${hidden} more` : undefined], " ");
}

function tagLines({ tags }: ImageView, called: string): KnownBlock[] {
  if (tags.length === 0) return [];
  const shown = tags
    .slice(0, mostTags)
    .map(
      ({ name, build, createdAt }) =>
        mrkdwn`${code(`${called}:${name}`)}  kept ${at(createdAt)}${build.sizeBytes === null ? mrkdwn`` : mrkdwn`, ${plain(sizeOf(build.sizeBytes))}`}`,
    );
  const hidden = tags.length - shown.length;
  return [
    section(joined([mrkdwn`*Tags*`, ...shown, hidden > 0 ? mrkdwn`… and ${hidden} more` : undefined], "\n")),
  ];
}

function aboutUse(view: ImageView, build: Build | undefined, tag: string | undefined): KnownBlock[] {
  const users = tag === undefined ? view.usedBy : view.usedBy.filter((one) => one.buildId === build?.id);
  const words = [
    usedInWords({ ...view, usedBy: users }),
    tag === undefined ? sharedInWords(view) : undefined,
  ];
  const said = words.filter((part) => part !== undefined);
  return said.length > 0 ? [context(joined(said, "  ·  "))] : [];
}

/** Before something of an image is deleted: what would be gone, and how much room that gives. */
export function deleteButton(
  view: ImageView,
  deleting: { what: "image" | "old-builds" } | { what: "tag"; tag: string },
  freesBytes?: number,
) {
  const { image } = view;
  const frees = freesBytes ?? (deleting.what === "image" ? bytesOf(view) : undefined);
  const room = frees ? ` About ${sizeOf(frees)} of disk are free again.` : "";
  const value = { imageId: image.id, ...deleting };
  switch (deleting.what) {
    case "image": {
      const tags = view.tags.length > 0 ? ` with ${counted(view.tags.length, "tag")}` : "";
      const loss = `It${tags} can't be deployed any more.${room} What it is made of stays written down: it can be built again, with the versions of that day.`;
      return button(deleteImage, "Delete", value, {
        style: "danger",
        confirm: confirm(`Delete ${image.name}?`, loss, "Delete it"),
      });
    }
    case "tag":
      return button(deleteImage, `Delete the tag`, value, {
        style: "danger",
        confirm: confirm(
          `Delete ${image.name}:${deleting.tag}?`,
          `That environment can't be brought back any more as it is.${room} What it was made of stays written down.`,
          "Delete it",
        ),
      });
    case "old-builds":
      return button(deleteImage, "Delete old builds only", value, {
        confirm: confirm(
          `Delete old builds of ${image.name}?`,
          `Builds that are not the latest, have no tag and run nowhere are gone.${room} The image itself stays.`,
          "Delete them",
        ),
      });
  }
}

function bytesOf({ builds, ownBytes }: ImageView): number {
  return builds
    .filter((build) => build.state === "ready" && build.removedAt === null)
    .reduce((sum, build) => sum + (ownBytes.get(build.id) ?? build.sizeBytes ?? 0), 0);
}

function deployButton(called: string, tag: string, project: string, isPrimary: boolean) {
  const image = tag === "latest" && !called.includes("/") ? `${called}:latest` : `${called}:${tag}`;
  return button(deployImage, "Deploy", { image, project }, isPrimary ? { style: "primary" } : {});
}

function stateOf(view: ImageView): Mrkdwn {
  const { latest, builds } = view;
  const coming = comingOf(view);
  const newest = builds[0];
  const what =
    coming?.state === "building"
      ? mrkdwn`being built`
      : coming
        ? mrkdwn`going to be built`
        : newest?.state === "failed"
          ? mrkdwn`the last build failed`
          : newest?.state === "cancelled"
            ? mrkdwn`the last build was cancelled`
            : undefined;
  const has = latest
    ? mrkdwn`${latest.sizeBytes === null ? mrkdwn`` : mrkdwn`${plain(sizeOf(latest.sizeBytes))}, `}built ${at(latest.endedAt ?? latest.stateSince)}`
    : mrkdwn`not built yet`;
  return joined([has, what], "; ");
}

function comingOf({ builds }: ImageView): Build | undefined {
  return builds.find((build) => build.state === "queued" || build.state === "building");
}

function sign(view: ImageView): string {
  if (comingOf(view)) return ":hammer_and_wrench:";
  if (view.latest) return ":package:";
  return ":x:";
}

function tagsInWords({ tags }: ImageView): Mrkdwn | undefined {
  if (tags.length === 0) return undefined;
  const shown = tags.slice(0, 6).map(({ name }) => code(name));
  const hidden = tags.length - shown.length;
  return mrkdwn`Tags: ${joined([...shown, hidden > 0 ? mrkdwn`${hidden} more` : undefined], ", ")}`;
}

function usedInWords({ usedBy, owner }: Pick<ImageView, "usedBy" | "owner">): Mrkdwn | undefined {
  if (usedBy.length === 0) return undefined;
  const names = usedBy.map((one) => {
    const project = projectOf(one.name);
    const whose = one.memberId === owner.id ? project : `${project} of ${one.handle}`;
    return one.state === "waiting" ? `${whose} (waiting)` : whose;
  });
  return mrkdwn`Used by ${plain(listed(names.slice(0, 8)))}${names.length > 8 ? mrkdwn` and ${names.length - 8} more` : mrkdwn``}`;
}

function sharedInWords({ sharedWith }: ImageView): Mrkdwn | undefined {
  if (sharedWith.length === 0) return undefined;
  return mrkdwn`Shared with ${plain(listed(sharedWith.slice(0, 8).map((one) => one.handle ?? one.name)))}`;
}

function calledBy({ image, owner }: ImageView): string {
  return `${owner.handle}/${image.name}`;
}
