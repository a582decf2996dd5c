import { projectOf } from "../container-name.ts";
import { logOf } from "../images/build/log.ts";
import type { OutboxRow } from "../ledger/bot-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { containerAskedWith } from "../ledger/queries/awaited.ts";
import { type BuildView, buildsToMake, buildView } from "../ledger/queries/builds.ts";
import { onOlderBuilds } from "../ledger/queries/containers.ts";
import { usersOf } from "../ledger/queries/images.ts";
import { newerBuildWaits } from "../ledger/queries/outbox.ts";
import type { Drawn } from "./outbox-draw.ts";
import type { Room } from "./room.ts";
import { buildCard } from "./views/build.ts";
import { buildEnded, type OnOldBuild } from "./views/build-ended.ts";

/** The living message of a build, as it is now. */
export async function drawnBuild(room: Room, row: OutboxRow, buildId: number): Promise<Drawn> {
  const { ledger, clock } = room.world;
  const { view, newer, line } = await ledger.read(async (tx) => ({
    view: await buildView(tx, buildId),
    newer: await newerBuildWaits(tx, row, buildId),
    line: await buildsToMake(tx),
  }));
  if (!view) return { kind: "nothing" };
  const { build } = view;
  const place =
    build.cardChannel !== null && build.cardTs !== null
      ? { channel: build.cardChannel, ts: build.cardTs }
      : undefined;
  if (place && newer) return { kind: "nothing" };
  const inLine = line.findIndex((one) => one.build.id === buildId) + 1;
  const message = buildCard(view, { place: inLine, now: clock.now() });
  const shows = `${build.state} ${build.attempt} ${build.cancelWished}`;
  const isOver = build.state !== "queued" && build.state !== "building";
  const living = { build: { id: buildId, shows, isOver } };
  if (!place) return { kind: "post", message, ...living };
  const goesOn = room.buildsShown.get(buildId) === shows;
  if (!goesOn) return { kind: "edit", message, place, worth: "state", ...living };
  return { kind: "edit", message, place, worth: "progress", progressOf: buildId, ...living };
}

/** The new message when it has ended. */
export async function drawnEnd(room: Room, buildId: number): Promise<Drawn> {
  const { world } = room;
  const { view, container, older } = await world.ledger.read(async (tx) => {
    const view = await buildView(tx, buildId);
    return {
      view,
      container: await containerAskedWith(tx, buildId),
      older: view ? await onOlder(tx, view) : [],
    };
  });
  if (!view) return { kind: "nothing" };
  const { build, image } = view;
  // Asked for with a container: that starts now, and its card tells of it.
  if (container && build.state === "ready" && container.wanted === "running") return { kind: "nothing" };
  const log = build.state === "failed" ? await logOf(world, buildId) : undefined;
  const message = buildEnded(view, {
    older,
    isLatest: image.latestBuildId === build.id,
    hasLog: Boolean(log),
  });
  if (!message) return { kind: "nothing" };
  return {
    kind: "post",
    message,
    ...(log ? { file: { name: `${image.name}-build-${build.id}.log`, text: log } } : {}),
  };
}

/** The member's own containers of this image that would be made from a newer build now. */
async function onOlder(tx: Tx, { image, owner }: BuildView): Promise<OnOldBuild[]> {
  const [users, older] = await Promise.all([usersOf(tx, [image.id]), onOlderBuilds(tx, owner.id)]);
  return users
    .filter(({ container }) => older.includes(container.id))
    .map(({ container }) => ({
      containerId: container.id,
      project: projectOf(container.name),
    }));
}
