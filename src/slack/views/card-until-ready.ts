import type { Build } from "../../ledger/image-tables.ts";
import type { Container } from "../../ledger/schema.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { cancelBuildButton, leaveButton, stopButton } from "../worded-buttons.ts";
import { lasting } from "./bars.ts";
import { buttons, context, type Message, saying, section } from "./blocks.ts";
import { type CardFacts, given, name, title, troubled, whyButton } from "./card-parts.ts";
import { askedFor, givenDevices } from "./device-words.ts";
import { placeBriefly, waitBlocks, waitButtons } from "./waiting.ts";

/** The card on its way to ready: in the line, its image being built, starting. */

export function waiting({ container, project, wait, now }: CardFacts): Message {
  const where = wait ? placeBriefly(wait) : mrkdwn`in the line`;
  const text = mrkdwn`${name(project)} waits for ${plain(askedFor(container))}: ${where}.`;
  return {
    text,
    blocks: [
      title("hourglass_flowing_sand", project, mrkdwn`waiting, ${where}`),
      ...(wait ? waitBlocks(wait, now) : []),
      context(
        mrkdwn`${plain(askedFor(container))}, image ${code(container.image)}. You will get a new message when it starts.`,
      ),
      ...waitButtons({ container, project: project.name }),
    ],
  };
}

/** Key, image, GPU, container and SSH on one card: its image is being made. */
export function awaitsImage({ container, project }: CardFacts, build: Build): Message {
  const text = mrkdwn`${name(project)} starts when its image is built.`;
  return {
    text,
    blocks: [
      title("hammer_and_wrench", project, mrkdwn`its image is being built`),
      section(
        joined(
          [
            mrkdwn`:white_check_mark: Key`,
            mrkdwn`:hourglass_flowing_sand: ${bold(mrkdwn`Image`)}`,
            ...["Granted", "Container", "SSH"].map(plain),
          ],
          "  →  ",
        ),
      ),
      saying(buildNow(build)),
      context(
        mrkdwn`Asked ${at(container.askedAt)} for ${plain(askedFor(container))}, image ${code(container.image)}. It keeps its place in the line meanwhile; you will get a new message when it starts.`,
      ),
      ...buttons([
        cancelBuildButton(build.id, "its image"),
        leaveButton(container.id, project.name),
        whyButton(container),
      ]),
    ],
  };
}

/** "Step 3 of 8: Installing Python packages, 24 s." */
function buildNow({ state, progress, waitsFor, attempt, cancelWished }: Build): string {
  const again = attempt > 1 ? " It was interrupted and began again." : "";
  if (cancelWished) return `It is being cancelled.${again}`;
  const current = progress?.steps.findLast((step) => step.seconds === null) ?? progress?.steps.at(-1);
  if (state === "queued" || !progress || !current)
    return `${waitsFor ?? (state === "queued" ? "It begins in a moment." : "It has begun.")}${again}`;
  const done = progress.steps.filter((step) => step.seconds !== null);
  const took = done.reduce((sum, step) => sum + (step.seconds ?? 0), 0);
  const number = progress.steps.indexOf(current) + 1;
  return `Step ${number} of ${Math.max(progress.of, number)}: ${current.name}${took > 0 ? ` (${lasting(took * 1000)} so far)` : ""}.${again}`;
}

const steps = {
  key: "Key",
  built: "Image",
  granted: "Granted",
  image: "Image",
  commit: "What you installed",
  create: "Container",
  ssh: "SSH",
} as const;

export function starting(facts: CardFacts): Message {
  const { container, project, devices, now } = facts;
  const since = container.grantedAt ?? container.stateSince;
  const took = lasting(now.getTime() - since.getTime());
  const text = mrkdwn`${name(project)} is starting (${plain(took)}).`;
  return {
    text,
    blocks: [
      title("large_yellow_circle", project, mrkdwn`starting, ${plain(took)}`),
      section(progress(container)),
      ...troubled(container),
      given(facts),
      context(
        devices.length > 0
          ? mrkdwn`${plain(givenDevices(devices))} ${devices.length > 1 ? mrkdwn`are` : mrkdwn`is`} yours since ${at(since)}.`
          : mrkdwn`Granted ${at(since)}.`,
      ),
      ...buttons([stopButton(container.id, project.name)]),
    ],
  };
}

/**
 * ":white_check_mark: Granted → :hourglass: Container → SSH". A house image is a step only where it has to be fetched, and what
 * was installed only where it is brought to other devices; an image that was built goes before all else.
 */
function progress({ step, buildId }: Container): Mrkdwn {
  const current = step === "image" || step === "commit" || step === "ssh" ? step : "create";
  const shown: (keyof typeof steps)[] = [
    ...(buildId ? (["key", "built"] as const) : []),
    "granted",
    ...(current === "image" || current === "commit" ? ([current] as const) : []),
    "create",
    "ssh",
  ];
  const words = shown.map((one, i) => {
    if (one === current) return mrkdwn`:hourglass_flowing_sand: ${bold(plain(steps[one]))}`;
    return i < shown.indexOf(current) ? mrkdwn`:white_check_mark: ${plain(steps[one])}` : plain(steps[one]);
  });
  const fetching =
    current === "image"
      ? mrkdwn`\n_The image is being brought to the server; the first time takes minutes._`
      : undefined;
  const carrying =
    current === "commit"
      ? mrkdwn`\n_It gets another GPU than before: what was installed in it is brought along, which takes minutes if that is a lot._`
      : undefined;
  return joined([joined(words, "  →  "), fetching, carrying], "");
}
