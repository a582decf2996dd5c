import type { DiskOverview, NodeDisk, Room } from "../../images/disk/overview.ts";
import { counted, gigabytes } from "../../sentence.ts";
import { button, confirm } from "../define-action.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { pruneNow } from "../pressables.ts";
import { bar } from "./bars.ts";
import { buttons, context, divider, type KnownBlock, type ModalView, page, section } from "./blocks.ts";

const mostMembers = 30;

/** For admins: what takes the disk, whose it is, and what a prune would free. */
export function diskPage(overview: DiskOverview): ModalView {
  return page("Disk", [
    ...overview.nodes.flatMap((node) => nodeBlocks(node, overview.nodes.length > 1)),
    section(filesLine(overview)),
    divider(),
    ...memberBlocks(overview),
    divider(),
    ...pruneBlocks(overview),
  ]);
}

function nodeBlocks({ id, imagesDisk, workspacesDisk, engine }: NodeDisk, several: boolean): KnownBlock[] {
  const same =
    imagesDisk?.totalBytes === workspacesDisk?.totalBytes &&
    imagesDisk?.freeBytes === workspacesDisk?.freeBytes;
  const rooms = same
    ? [room("Disk", imagesDisk ?? workspacesDisk)]
    : [room("Disk of the images", imagesDisk), room("Disk of the files", workspacesDisk)];
  const title = several ? [section(bold(plain(id)))] : [];
  if (engine === undefined)
    return [
      ...title,
      section(
        joined(
          [
            ...rooms,
            mrkdwn`:warning: The container engine does not answer: what images take is not known now.`,
          ],
          "\n",
        ),
      ),
    ];
  const lines: [string, number, string][] = [
    ["Members' images", engine.own.bytes, `${counted(engine.own.count, "image")}, without what they share`],
    ["Bases and others", engine.others.bytes, counted(engine.others.count, "image")],
    [
      "Containers",
      engine.containers.bytes,
      `${counted(engine.containers.count, "container")}, what they wrote outside /workspace`,
    ],
    ["Build cache", engine.cacheBytes, "makes the next build fast"],
  ];
  return [
    ...title,
    section(joined([...rooms, ...lines.map(([what, bytes, more]) => line(what, bytes, more))], "\n")),
  ];
}

function room(what: string, room: Room | undefined): Mrkdwn {
  if (room === undefined) return mrkdwn`${bold(plain(what))}: could not be looked at.`;
  const used = room.totalBytes - room.freeBytes;
  const free = room.totalBytes > 0 ? Math.floor((room.freeBytes / room.totalBytes) * 100) : 0;
  return mrkdwn`${bold(plain(what))}  ${plain(bar(used, room.totalBytes))}  ${plain(gigabytes(room.freeBytes))} of ${plain(gigabytes(room.totalBytes))} free (${free} %)`;
}

function line(what: string, bytes: number, more: string): Mrkdwn {
  return mrkdwn`${code(what.padEnd(17, " "))} ${plain(gigabytes(bytes))}  ·  ${plain(more)}`;
}

function filesLine({ workspaces }: DiskOverview): Mrkdwn {
  const { bytes, counted: done, uncounted, since } = workspaces;
  const words = line("Members' files", bytes, counted(done, "workspace"));
  const notYet = uncounted > 0 ? mrkdwn`, ${uncounted} not counted yet` : mrkdwn``;
  return mrkdwn`${words}${notYet}${since ? mrkdwn`, counted since ${at(since)}` : mrkdwn``}`;
}

function memberBlocks({ members }: DiskOverview): KnownBlock[] {
  if (members.length === 0) return [context(mrkdwn`Nothing of the members was measured yet.`)];
  const shown = members.slice(0, mostMembers);
  const lines = shown.map((member) => {
    const layers = member.layers.reduce((sum, { bytes }) => sum + bytes, 0);
    const parts = [
      ["images", member.images.bytes] as const,
      ["files", member.workspaces.bytes] as const,
      ["containers", layers] as const,
    ].filter(([, bytes]) => bytes > 0);
    return mrkdwn`${code(member.handle.padEnd(12, " "))} ${bold(plain(gigabytes(member.bytes)))}  ·  ${plain(parts.map(([what, bytes]) => `${what} ${gigabytes(bytes)}`).join(", "))}`;
  });
  const more = members.length - shown.length;
  return [
    section(bold(mrkdwn`By member`)),
    section(joined(lines, "\n")),
    ...(more > 0 ? [context(mrkdwn`… and ${more} more.`)] : []),
  ];
}

function pruneBlocks({ nodes, stale }: DiskOverview): KnownBlock[] {
  const would = nodes.flatMap(({ engine }) => (engine ? [engine.wouldFree] : []));
  const imageBytes = would.reduce((sum, one) => sum + one.imageBytes, 0);
  const cacheBytes = would.reduce((sum, one) => sum + one.cacheBytes, 0);
  if (would.length === 0) return [context(mrkdwn`A prune needs the container engine.`)];
  if (stale === 0 && cacheBytes === 0)
    return [context(mrkdwn`There is nothing to prune: everything is used by somebody.`)];
  const what = `${counted(stale, "old build")} that nothing refers to (${gigabytes(imageBytes)}) and ${gigabytes(cacheBytes)} of build cache`;
  return [
    section(
      mrkdwn`${bold(mrkdwn`A prune would take`)} ${plain(what)}. At night what nobody needed for 7 days goes by itself.`,
    ),
    ...buttons([
      button(
        pruneNow,
        "Prune now",
        {},
        {
          style: "danger",
          confirm: confirm(
            "Prune images and build cache?",
            `${what} go. The next builds take longer. Latest images, tags, whatever a container uses and what images are made of stay.`,
            "Prune",
          ),
        },
      ),
    ]),
  ];
}
