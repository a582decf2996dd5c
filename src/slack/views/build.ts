import type { Build, BuildProgress, ImageContents } from "../../ledger/image-tables.ts";
import type { BuildView } from "../../ledger/queries/builds.ts";
import { counted } from "../../sentence.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { cancelBuildButton } from "../worded-buttons.ts";
import { bar, lasting, ordinal, sizeOf } from "./bars.ts";
import { buttons, context, facts, type KnownBlock, type Message, section } from "./blocks.ts";
import { mainPackage } from "./packages.ts";

const mostSteps = 14;

/** The living message of a build: what it does at the moment, and once it has ended one line that says how. */
export function buildCard(view: BuildView, { place, now }: { place: number; now: Date }): Message {
  switch (view.build.state) {
    case "queued":
      return queued(view, place);
    case "building":
      return building(view, now);
    case "ready":
      return ended(view, "white_check_mark", mrkdwn`built${inTime(view.build)}`);
    case "failed":
      return ended(view, "x", mrkdwn`could not be built`);
    case "cancelled":
      return ended(view, "ballot_box_with_check", mrkdwn`building it was cancelled`);
  }
}

/** The answer to whoever sends the form. */
export function buildAsked({ build, image }: BuildView, prefix: string): Message {
  const name = bold(plain(image.name));
  const ready = build.state === "ready";
  const text = ready ? mrkdwn`${name} is ready.` : mrkdwn`${name} is going to be built.`;
  return {
    text,
    blocks: [
      section(
        mrkdwn`:hammer_and_wrench:  ${text}\nA message in our conversation shows how far it is, and another one tells you when it is ready. ${code(`/${prefix}image-list`)} shows it at any time.`,
      ),
    ],
  };
}

function queued(view: BuildView, place: number): Message {
  const { build, image } = view;
  const waits = build.waitsFor
    ? sentence(build.waitsFor)
    : place > 1
      ? mrkdwn`${plain(counted(place - 1, "build"))} before it.`
      : mrkdwn`It begins in a moment.`;
  const text = mrkdwn`${name(view)} is going to be built: ${waits}`;
  return {
    text,
    blocks: [
      title(
        "hourglass_flowing_sand",
        view,
        place > 1 ? mrkdwn`queued, ${plain(ordinal(place))} to be built` : mrkdwn`queued`,
      ),
      section(waits),
      ...cutOff(build),
      context(mrkdwn`Asked ${at(build.askedAt)}. You will get a new message when it is ready.`),
      ...buttons([cancelBuildButton(build.id, image.name)]),
    ],
  };
}

/** An outage of ours is said, not hidden. */
function cutOff(build: Build): KnownBlock[] {
  if (build.attempt < 2) return [];
  return [
    section(
      mrkdwn`:arrows_counterclockwise:  It was cut off when the server's software stopped, and was queued again (${plain(ordinal(build.attempt))} try). What was finished is not done twice.`,
    ),
  ];
}

function building(view: BuildView, now: Date): Message {
  const { build, image } = view;
  const steps = build.progress?.steps ?? [];
  const of = Math.max(build.progress?.of ?? 0, steps.length);
  const k = steps.length;
  const done = steps.filter((step) => step.seconds !== null || step.cached).length;
  const current = steps.findLast((step) => step.seconds === null && !step.cached) ?? steps.at(-1);
  const where = k > 0 ? mrkdwn`step ${k} of ${of}` : mrkdwn`it begins`;
  const doing = build.cancelWished ? mrkdwn`being cancelled…` : mrkdwn`building, ${where}`;
  const text = mrkdwn`${name(view)}: ${where}${current ? mrkdwn`, ${plain(current.name)}` : mrkdwn``}.`;
  return {
    text,
    blocks: [
      title("hammer_and_wrench", view, doing),
      ...(of > 0
        ? [section(mrkdwn`${plain(bar(done, of, Math.min(20, Math.max(10, of))))}  ${done} of ${of}`)]
        : []),
      ...stepList(steps),
      ...cutOff(build),
      context(
        build.startedAt
          ? mrkdwn`Began ${plain(lasting(now.getTime() - build.startedAt.getTime()))} ago. You will get a new message when it is ready.`
          : mrkdwn`You will get a new message when it is ready.`,
      ),
      ...(build.cancelWished ? [] : buttons([cancelBuildButton(build.id, image.name)])),
    ],
  };
}

/** `unfinished`: what a step that has not ended shows. */
function stepList(steps: BuildProgress["steps"], unfinished = "hourglass_flowing_sand"): KnownBlock[] {
  if (steps.length === 0) return [];
  const hidden = Math.max(0, steps.length - mostSteps);
  const lines = steps.slice(hidden).map((step) => {
    const what = plain(step.name.slice(0, 120));
    if (step.cached) return mrkdwn`:white_check_mark:  ${what}  ·  _as before, nothing to do_`;
    if (step.seconds === null) return mrkdwn`:${plain(unfinished)}:  ${bold(what)}`;
    return mrkdwn`:white_check_mark:  ${what}  ·  ${plain(lasting(step.seconds * 1000))}`;
  });
  const earlier = hidden > 0 ? mrkdwn`_${plain(counted(hidden, "step"))} before these_` : undefined;
  return [section(joined([earlier, ...lines], "\n"))];
}

function ended(view: BuildView, emoji: string, how: Mrkdwn): Message {
  const text = mrkdwn`${name(view)}  ·  ${how}`;
  return {
    text,
    blocks: [
      section(mrkdwn`:${plain(emoji)}:  ${text}`),
      ...(view.build.progress
        ? stepList(view.build.progress.steps, emoji === "x" ? "x" : "heavy_minus_sign")
        : []),
      context(mrkdwn`The rest is in a newer message below.`),
    ],
  };
}

/** The answer to whoever presses Cancel elsewhere than on the living message. */
export function cancelling(view: BuildView): Message {
  const text =
    view.build.state === "cancelled"
      ? mrkdwn`Building ${name(view)} is cancelled.`
      : mrkdwn`Building ${name(view)} is being cancelled.`;
  return { text, blocks: [section(mrkdwn`:ballot_box_with_check:  ${text}`)] };
}

/** Size, Python, framework, CUDA, how many packages. */
export function contentsFacts({ sizeBytes, contents }: Build): KnownBlock {
  const parts = [
    sizeBytes === null ? undefined : mrkdwn`*Size*\n${plain(sizeOf(sizeBytes))}`,
    ...(contents ? factsOf(contents) : []),
  ];
  return facts(parts.filter((part) => part !== undefined));
}

function factsOf(contents: ImageContents): (Mrkdwn | undefined)[] {
  const framework = mainPackage(contents.pip);
  return [
    mrkdwn`*Python*\n${plain([contents.python ?? "none", contents.os].filter(Boolean).join(", "))}`,
    framework ? mrkdwn`*Framework*\n${plain(framework)}` : undefined,
    mrkdwn`*CUDA*\n${plain(contents.cuda ?? "none")}`,
    mrkdwn`*Packages*\n${contents.pip.length} of Python, ${contents.apt.length} of the system`,
  ];
}

/** " in 2 min" */
export function inTime({ startedAt, endedAt }: Build): Mrkdwn {
  if (!startedAt || !endedAt) return mrkdwn``;
  return mrkdwn` in ${plain(lasting(endedAt.getTime() - startedAt.getTime()))}`;
}

function title(emoji: string, view: BuildView, state: Mrkdwn): KnownBlock {
  return section(mrkdwn`:${plain(emoji)}:  ${name(view)}  ·  ${state}`);
}

export function name({ image }: Pick<BuildView, "image">): Mrkdwn {
  return bold(plain(image.name));
}
