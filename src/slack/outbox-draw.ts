import type { OutboxRow } from "../ledger/bot-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { containerAskedWith } from "../ledger/queries/awaited.ts";
import { buildById } from "../ledger/queries/builds.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { newestOfProject } from "../ledger/queries/containers.ts";
import { memberById } from "../ledger/queries/members.ts";
import { newerBuildWaits, newerCardWaits, petitionPlace, problemPlace } from "../ledger/queries/outbox.ts";
import { petitionView } from "../ledger/queries/petitions.ts";
import type { OutgoingFile } from "./answer.ts";
import { cardAsides } from "./card-asides.ts";
import { drawnBuild, drawnEnd } from "./outbox-draw-build.ts";
import { drawnNotice } from "./outbox-draw-notice.ts";
import type { Room } from "./room.ts";
import { signInOf } from "./sign-in.ts";
import type { Worth } from "./update-budget.ts";
import type { Message } from "./views/blocks.ts";
import { card, movedCard } from "./views/card.ts";
import { note, problem, saidAgain } from "./views/notes.ts";
import { petitionMessage } from "./views/petition.ts";
import { enrolmentAsk, welcome } from "./views/welcome.ts";

type Place = { channel: string; ts: string };

/** A row of the outbox as a message, drawn from the rows as they are now. */
export type Drawn =
  /** Its moment is over, or something newer says it. */
  | { kind: "nothing" }
  /**
   * `containerId`, `build`: whose living message it becomes; `retires`: an older message that is no longer the living one;
   * `file`: comes right below it; `noticeId`: whose receipt is noted with the message's own.
   */
  | ({ kind: "post"; message: Message; file?: OutgoingFile; noticeId?: number } & Living & {
        retires?: { place: Place; message: Message };
      })
  /** `progressOf`: a build that only went on: drawn as often as the pace of builds allows. */
  | ({ kind: "edit"; message: Message; place: Place; worth: Worth; progressOf?: number } & Living & {
        retires?: undefined;
        file?: undefined;
        noticeId?: undefined;
      });

type Living = { containerId?: number; build?: { id: number; shows: string; isOver: boolean } };

export async function drawn(room: Room, row: OutboxRow): Promise<Drawn> {
  const { world, settings } = room;
  const { news } = row;
  switch (news.kind) {
    case "card":
      return await drawnCard(room, row, news, "state");
    case "note": {
      const { containerId } = news;
      const view = containerId === undefined ? undefined : await viewOf(room, containerId);
      return { kind: "post", message: note(news, view?.project.name) };
    }
    case "build":
      return (await drawnOnCard(room, row, news.buildId)) ?? (await drawnBuild(room, row, news.buildId));
    case "built":
      return await drawnEnd(room, news.buildId);
    case "welcome": {
      const member = await world.ledger.read((tx) => memberById(tx, news.memberId));
      return member
        ? { kind: "post", message: welcome(member, settings.commandPrefix) }
        : { kind: "nothing" };
    }
    case "enrolment": {
      const member = await world.ledger.read((tx) => memberById(tx, news.memberId));
      if (member?.state !== "asking") return { kind: "nothing" };
      const { groups, default_group } = world.policy;
      return { kind: "post", message: enrolmentAsk(member, Object.keys(groups), default_group) };
    }
    case "notice":
      return await drawnNotice(room, news.noticeId);
    case "petition":
      return await drawnPetition(room, row, news.petitionId);
    case "problem": {
      const before = await world.ledger.read((tx) => problemPlace(tx, row.recipient, news.key));
      const message = problem(news);
      if (!before) return { kind: "post", message };
      const { place, isOpen } = before;
      // An edited message notifies nobody.
      const isNew = news.post === undefined ? !isOpen : news.post === "anew";
      if (!isNew) return { kind: "edit", message, place, worth: "state" };
      return { kind: "post", message, ...(isOpen ? { retires: { place, message: saidAgain(news) } } : {}) };
    }
  }
}

/** One living message of each petition to each of those who may answer it. */
async function drawnPetition(room: Room, row: OutboxRow, petitionId: number): Promise<Drawn> {
  const { view, project, place } = await room.world.ledger.read(async (tx) => {
    const view = await petitionView(tx, petitionId);
    const wish = view?.petition.wish;
    const [container] = wish?.kind === "extension" ? await containerViews(tx, [wish.containerId]) : [];
    return {
      view,
      project: container?.project.name,
      place: await petitionPlace(tx, row.recipient, petitionId),
    };
  });
  if (!view) return { kind: "nothing" };
  const message = petitionMessage(view, project);
  return place ? { kind: "edit", message, place, worth: "state" } : { kind: "post", message };
}

async function drawnCard(
  room: Room,
  row: OutboxRow,
  news: { containerId: number; fresh?: boolean },
  worth: Worth,
): Promise<Drawn> {
  const { world } = room;
  const { view, newer, isPassed, asides } = await world.ledger.read(async (tx) => {
    const [view] = await containerViews(tx, [news.containerId]);
    const newer = await newerCardWaits(tx, row, news.containerId);
    const isPassed = view !== undefined && (await hasNewer(tx, view));
    return { view, newer, isPassed, asides: view && (await cardAsides(tx, world, view)) };
  });
  if (!view) return { kind: "nothing" };
  const { container } = view;
  const place =
    container.cardChannel !== null && container.cardTs !== null
      ? { channel: container.cardChannel, ts: container.cardTs }
      : undefined;
  if (place && newer && !news.fresh) return { kind: "nothing" };
  const message = card({ ...view, ...asides, now: world.clock.now(), signIn: signInOf(world, view) });
  if (place && !news.fresh)
    return { kind: "edit", message, place, worth: isPassed ? "passed" : worth, containerId: container.id };
  const retires = place ? { place, message: movedCard(view) } : undefined;
  return { kind: "post", message, containerId: container.id, ...(retires ? { retires } : {}) };
}

/** It is over, and the same project has another one, whose card stands below. */
async function hasNewer(tx: Tx, { container, project }: ContainerView): Promise<boolean> {
  if (container.state !== "retired" && container.state !== "failed") return false;
  return (await newestOfProject(tx, container.memberId, project.name))?.id !== container.id;
}

/**
 * A build that was asked for in one go with a container has no message of its own: the container's card tells of it while
 * that waits for it, and of its end. Undefined: it has one, or needs one by now.
 */
async function drawnOnCard(room: Room, row: OutboxRow, buildId: number): Promise<Drawn | undefined> {
  const { container, build, newer } = await room.world.ledger.read(async (tx) => ({
    container: await containerAskedWith(tx, buildId),
    build: await buildById(tx, buildId),
    newer: await newerBuildWaits(tx, row, buildId),
  }));
  if (!container || !build || build.cardTs !== null) return undefined;
  if (build.endedAt !== null) return { kind: "nothing" };
  if (container.state !== "waiting" || container.awaitsBuildId !== buildId) return undefined;
  if (newer) return { kind: "nothing" };
  const drawing = await drawnCard(room, row, { containerId: container.id }, "progress");
  return drawing.kind === "edit" ? { ...drawing, progressOf: buildId } : drawing;
}

async function viewOf(room: Room, containerId: number): Promise<ContainerView | undefined> {
  return (await room.world.ledger.read((tx) => containerViews(tx, [containerId])))[0];
}
