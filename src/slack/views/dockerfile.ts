import type { Build, Recipe } from "../../ledger/image-tables.ts";
import { mrkdwn, plain } from "../mrkdwn.ts";
import { copyable, type KnownBlock, type ModalView, page, section } from "./blocks.ts";

/** A block of preformatted text takes about as many letters; a view a hundred blocks. */
const mostInBlock = 2_800;
const mostBlocks = 90;

/** How an image is made, to be read and copied. */
export function dockerfilePage(name: string, { dockerfile }: Build, { base }: Recipe): ModalView {
  return page("Dockerfile", [
    section(
      mrkdwn`How ${plain(name)} is made. Package lists stand in files of their own beside it, so that no word of a list can be read as a command.`,
    ),
    ...(base.kind === "dockerfile"
      ? [section(mrkdwn`*It begins with yours:*`), ...inBlocks(base.text), section(mrkdwn`*On top of it:*`)]
      : []),
    ...(dockerfile === null
      ? [section(mrkdwn`The rest is written when it begins to be built.`)]
      : inBlocks(dockerfile)),
  ]);
}

/** Long text in blocks that Slack takes, parted between lines. */
export function inBlocks(text: string, most = mostBlocks): KnownBlock[] {
  const packs: string[] = [];
  for (const line of text.split("\n")) {
    const last = packs.at(-1);
    if (last !== undefined && last.length + line.length < mostInBlock)
      packs[packs.length - 1] = `${last}\n${line}`;
    else packs.push(line.length > mostInBlock ? `${line.slice(0, mostInBlock)}…` : line);
  }
  const shown = packs.slice(0, most).map(copyable);
  return packs.length > most ? [...shown, section(mrkdwn`… and more than a window can show.`)] : shown;
}
