import type { Build, ImageContents } from "../../ledger/image-tables.ts";
import { button } from "../define-action.ts";
import { at, mrkdwn, plain } from "../mrkdwn.ts";
import { sendContents } from "../pressables.ts";
import { buttons, type KnownBlock, type ModalView, page, section } from "./blocks.ts";
import { contentsFacts } from "./build.ts";
import { inBlocks } from "./dockerfile.ts";

/** Every package of a finished image with its version. */
export function contentsPage(name: string, build: Build): ModalView {
  const { contents } = build;
  if (!contents)
    return page("What is in it", [
      section(mrkdwn`${plain(name)} was not finished, so nothing is known of it.`),
    ]);
  return page("What is in it", [
    section(mrkdwn`${plain(name)}, as it was built ${at(build.endedAt ?? build.stateSince)}:`),
    contentsFacts(build),
    ...buttons([button(sendContents, "Send it to me as a file", { buildId: build.id })]),
    ...list("Python packages", contents.pip),
    ...list("System packages", contents.apt),
  ]);
}

function list(title: string, lines: readonly string[]): KnownBlock[] {
  return [
    section(mrkdwn`*${plain(title)}* (${lines.length})`),
    ...(lines.length > 0 ? inBlocks(lines.join("\n"), 40) : []),
  ];
}

/** The same as a text file. */
export function contentsText(contents: ImageContents): string {
  return [
    `# Python ${contents.python ?? "none"}, ${contents.os ?? ""}, CUDA ${contents.cuda ?? "none"}`,
    "",
    `# Python packages (${contents.pip.length})`,
    ...contents.pip,
    "",
    `# System packages (${contents.apt.length})`,
    ...contents.apt,
    "",
  ].join("\n");
}
