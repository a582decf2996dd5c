import { awaitedBuild, containerAskedWith } from "../ledger/queries/awaited.ts";
import { type ContainerView, containerViews } from "../ledger/queries/containers.ts";
import { memberById } from "../ledger/queries/members.ts";
import { newerCardWaits, problemPlace } from "../ledger/queries/outbox.ts";
import type { Container, OutboxRow } from "../ledger/schema.ts";
import { drawnBuild, drawnEnd } from "./outbox-draw-build.ts";
import type { Room } from "./room.ts";
import type { OutgoingFile } from "./send-file.ts";
import { signInOf } from "./sign-in.ts";
import type { Worth } from "./update-budget.ts";
import type { Message } from "./views/blocks.ts";
import { card, movedCard } from "./views/card.ts";
import { note, problem } from "./views/notes.ts";
import { enrolmentAsk, welcome } from "./views/welcome.ts";

type Place = { channel: string; ts: string };

/** A row of the outbox as a message, drawn from the rows as they are now. */
export type Drawn =
  /** Its moment is over, or something newer says it. */
  | { kind: "nothing" }
  /**
   * `containerId`, `build`: whose living message it becomes; `retires`: an older message that is no longer the living one;
   * `file`: comes right below it.
   */
  | ({ kind: "post"; message: Message; file?: OutgoingFile } & Living & {
        retires?: { place: Place; message: Message };
      })
  /** `progressOf`: a build that only went on: drawn as often as the pace of builds allows. */
  | ({ kind: "edit"; message: Message; place: Place; worth: Worth; progressOf?: number } & Living & {
        retires?: undefined;
        file?: undefined;
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
    case "build": {
      // Asked for in one go with a container: the container's card tells of it, as long as that waits for it.
      const container = await askedWith(room, news.buildId);
      if (container?.state === "waiting" && container.awaitsBuildId === news.buildId)
        return await drawnCard(room, row, { containerId: container.id }, "progress");
      return await drawnBuild(room, row, news.buildId);
    }
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
    case "problem": {
      const place = await world.ledger.read((tx) => problemPlace(tx, row.recipient, news.key));
      const message = problem(news);
      return place ? { kind: "edit", message, place, worth: "state" } : { kind: "post", message };
    }
  }
}

async function drawnCard(
  room: Room,
  row: OutboxRow,
  news: { containerId: number; fresh?: boolean },
  worth: Worth,
): Promise<Drawn> {
  const { world } = room;
  const { view, newer, awaited } = await world.ledger.read(async (tx) => {
    const [view] = await containerViews(tx, [news.containerId]);
    const newer = await newerCardWaits(tx, row, news.containerId);
    return { view, newer, awaited: view && (await awaitedBuild(tx, view)) };
  });
  if (!view) return { kind: "nothing" };
  const { container } = view;
  const place =
    container.cardChannel !== null && container.cardTs !== null
      ? { channel: container.cardChannel, ts: container.cardTs }
      : undefined;
  if (place && newer && !news.fresh) return { kind: "nothing" };
  const message = card({ ...view, awaited, now: world.clock.now(), signIn: signInOf(world, view) });
  if (place && !news.fresh) return { kind: "edit", message, place, worth, containerId: container.id };
  const retires = place ? { place, message: movedCard(view) } : undefined;
  return { kind: "post", message, containerId: container.id, ...(retires ? { retires } : {}) };
}

async function askedWith(room: Room, buildId: number): Promise<Container | undefined> {
  return room.world.ledger.read((tx) => containerAskedWith(tx, buildId));
}

async function viewOf(room: Room, containerId: number): Promise<ContainerView | undefined> {
  return (await room.world.ledger.read((tx) => containerViews(tx, [containerId])))[0];
}
