import type { OutboxRow } from "../ledger/bot-tables.ts";
import { noteBuildCard } from "../ledger/queries/builds.ts";
import { noteNoticeAccepted } from "../ledger/queries/ends.ts";
import {
  noteAttempt,
  noteCard,
  noteFailure,
  noteReceipt,
  putAside,
  unsent,
} from "../ledger/queries/outbox.ts";
import { refreshHome } from "./home.ts";
import { lookWhetherGone } from "./leavers.ts";
import { type Drawn, drawn } from "./outbox-draw.ts";
import type { Room } from "./room.ts";
import { sendFile } from "./send-file.ts";
import { type Failure, failureOf, isLedgers } from "./sending.ts";
import { slackWord } from "./slack-word.ts";
import type { Message } from "./views/blocks.ts";

/** What a round left: `nextInMs` until there is more, or something that was put off may be tried again. */
export type Drained = { sent: number; left: number; nextInMs: number | undefined };

const mostOfEach = 20;
const mostInRound = 200;
const linesAtOnce = 8;
/** So often a message is offered that Slack will not take, before it is put aside and the next one has its turn. */
const triesOfHopeless = 5;
const longestPauseMs = 30_000;
const noticeWaitMs = 1_000;
const refusedBlocks: ReadonlySet<string> = new Set(["invalid_blocks", "msg_blocks_too_long"]);

/** That a message was sent is for this room to know; an end waits for the receipt of its notice. */
const noNews = { isNews: false };

/**
 * Sends what is unsent: in order to each recipient, at least once, receipts stored. What fails stays for a later round
 * and holds up its recipient's line only; an edit of a card that Slack's rate does not allow yet holds up nothing,
 * for it is drawn from the rows when it is sent. Does not throw for Slack's sake, only for the ledger's.
 */
export async function drainOutbox(room: Room, signal?: AbortSignal): Promise<Drained> {
  const { heldEdits } = room;
  heldEdits.release();
  const held = heldEdits.ids();
  const rows = await room.world.ledger.read((tx) =>
    unsent(tx, { mostOfEach, most: mostInRound, except: held }),
  );
  const lines = [...Map.groupBy(rows, (row) => row.recipient).values()];
  const mayBeMore = rows.length === mostInRound || lines.some((line) => line.length === mostOfEach);
  const drained: Drained = { sent: 0, left: held.length, nextInMs: undefined };
  const turn = async () => {
    for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
      if (signal?.aborted) return;
      await sendLine(room, line, drained, signal);
    }
  };
  await Promise.all(Array.from({ length: linesAtOnce }, turn));
  // Where nothing can be sent at the moment, what stands behind it can't either; edits that are held now hide nothing any more.
  const cameOn = drained.sent > 0 || heldEdits.ids().length > held.length;
  if (mayBeMore && cameOn) return { ...drained, nextInMs: 0 };
  return { ...drained, nextInMs: sooner(drained.nextInMs, heldEdits.waitMs()) };
}

function sooner(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

async function sendLine(
  room: Room,
  line: readonly OutboxRow[],
  drained: Drained,
  signal?: AbortSignal,
): Promise<void> {
  const later = (ms: number) => {
    drained.left += 1;
    drained.nextInMs = Math.min(drained.nextInMs ?? Number.POSITIVE_INFINITY, ms);
  };
  for (const row of line) {
    if (signal?.aborted) return;
    const pause = pauseBefore(room, row);
    if (pause > 0) return later(pause);
    const outcome = await sendOne(room, row);
    if (outcome.kind === "sent") drained.sent += 1;
    else later(outcome.inMs);
    if (outcome.kind === "stuck") return;
  }
}

type Outcome = { kind: "sent" } | { kind: "put-off"; inMs: number } | { kind: "stuck"; inMs: number };

async function sendOne(room: Room, row: OutboxRow): Promise<Outcome> {
  const { ledger, clock, log } = room.world;
  // A notice that nobody could answer is none: it waits until Slack can reach us, and holds up nothing meanwhile.
  if (row.news.kind === "notice" && room.reach().connectedSince === undefined)
    return { kind: "put-off", inMs: noticeWaitMs };
  let attempted = false;
  try {
    const what = await drawn(room, row);
    if (what.kind === "nothing") {
      await ledger.transaction((tx) => noteReceipt(tx, row.id, clock.now(), undefined), noNews);
      return { kind: "sent" };
    }
    if (what.kind === "edit") {
      const waitMs = what.progressOf === undefined ? 0 : room.pace.waitMs(what.progressOf);
      if (waitMs > 0) return { kind: "put-off", inMs: waitMs };
      if (!room.updates.take(what.worth)) {
        room.heldEdits.hold(row.id, what.worth);
        return { kind: "put-off", inMs: room.updates.waitMs(what.worth) };
      }
    }
    await ledger.transaction((tx) => noteAttempt(tx, row.id, clock.now()), noNews);
    attempted = true;
    const place = await send(room, row.recipient, what);
    await ledger.transaction(
      async (tx) => {
        await noteReceipt(tx, row.id, clock.now(), place);
        if (what.containerId !== undefined) await noteCard(tx, what.containerId, place);
        if (what.build) await noteBuildCard(tx, what.build.id, place);
        if (what.noticeId !== undefined) await noteNoticeAccepted(tx, what.noticeId, clock.now(), place);
      },
      what.noticeId === undefined ? noNews : {},
    );
    if (what.build) noteShown(room, what.build);
    else if (what.kind === "edit" && what.progressOf !== undefined) room.pace.drawn(what.progressOf);
    await afterwards(room, row, what, place);
    return { kind: "sent" };
  } catch (error) {
    if (isLedgers(error)) throw error;
    const failure = failureOf(error);
    log.warn(
      { outbox: row.id, to: row.recipient, news: row.news.kind, failure, err: error },
      "a message was not sent",
    );
    return await failed(room, row, failure, attempted);
  }
}

function noteShown(
  room: Room,
  { id, shows, isOver }: NonNullable<Exclude<Drawn, { kind: "nothing" }>["build"]>,
): void {
  room.pace.drawn(id);
  if (isOver) room.buildsShown.delete(id);
  else room.buildsShown.set(id, shows);
}

/** Where it stands now. A message that was to be edited and is gone is posted anew. */
async function send(room: Room, recipient: string, what: Exclude<Drawn, { kind: "nothing" }>) {
  if (what.kind === "edit") {
    try {
      await room.clients.sending.chat.update({ ...what.place, ...shown(what.message) });
      return what.place;
    } catch (error) {
      const gone = ["message_not_found", "channel_not_found", "cant_update_message", "edit_window_closed"];
      if (!gone.includes(slackWord(error) ?? "")) throw error;
    }
  }
  return await post(room, recipient, what.message);
}

async function post(room: Room, recipient: string, message: Message) {
  const { chat } = room.clients.sending;
  try {
    return placeOf(await chat.postMessage({ channel: recipient, ...shown(message) }));
  } catch (error) {
    if (!refusedBlocks.has(slackWord(error) ?? "")) throw error;
    // A mistake of ours in drawing it must not keep the person from hearing it.
    room.world.log.error(
      { to: recipient, err: error },
      "Slack refused the blocks of a message; sent its text alone",
    );
    return placeOf(await chat.postMessage({ channel: recipient, text: message.text, unfurl_links: false }));
  }
}

function shown({ text, blocks }: Message) {
  return { text, blocks, unfurl_links: false, unfurl_media: false };
}

function placeOf({ channel, ts }: { channel?: string; ts?: string }): { channel: string; ts: string } {
  if (!channel || !ts) throw new Error("Slack took a message and did not say where it is");
  return { channel, ts };
}

/** What is nice to have once it arrived; whatever goes wrong with it is only logged. */
async function afterwards(
  room: Room,
  row: OutboxRow,
  what: Exclude<Drawn, { kind: "nothing" }>,
  place: { channel: string; ts: string },
): Promise<void> {
  // It may take its time: what else there is to say does not wait for it.
  if (what.file)
    void sendFile(room, place.channel, what.file).catch((err: unknown) =>
      room.world.log.warn({ outbox: row.id, file: what.file?.name, err }, "a file was not sent"),
    );
  try {
    const old = what.retires;
    if (old && old.place.ts !== place.ts && room.updates.take("state"))
      await room.clients.sending.chat.update({ ...old.place, ...shown(old.message) });
    await refreshHome(room, row.recipient);
  } catch (error) {
    room.world.log.warn({ outbox: row.id, err: error }, "what follows a message was not done");
  }
}

async function failed(room: Room, row: OutboxRow, failure: Failure, attempted: boolean): Promise<Outcome> {
  const { ledger, clock, log } = room.world;
  const tries = row.attempts + (attempted ? 1 : 0);
  // Then nothing more is said to them, this message neither.
  if (failure.kind === "hopeless" && (await lookWhetherGone(room, row.recipient, "undelivered")) === "gone")
    return { kind: "put-off", inMs: 0 };
  if (failure.kind === "hopeless" && tries >= triesOfHopeless) {
    await ledger.transaction((tx) => putAside(tx, row.id, failure.error, clock.now()));
    log.error({ outbox: row.id, to: row.recipient, error: failure.error, tries }, "a message was put aside");
    return { kind: "put-off", inMs: 0 };
  }
  // One that could not even be drawn counts its tries as well, or it would be tried for ever at once.
  await ledger.transaction(async (tx) => {
    if (!attempted) await noteAttempt(tx, row.id, clock.now());
    await noteFailure(tx, row.id, failure.error);
  });
  if (failure.kind === "passing" && failure.waitMs !== undefined) {
    room.quietUntilMs = clock.monotonicMs() + failure.waitMs;
    return { kind: "stuck", inMs: failure.waitMs };
  }
  return { kind: "stuck", inMs: pauseAfter(tries) };
}

/** Milliseconds this message has to wait yet: Slack asked for quiet, or it failed a moment ago. */
function pauseBefore(room: Room, row: OutboxRow): number {
  const { clock } = room.world;
  const quiet = room.quietUntilMs - clock.monotonicMs();
  if (row.attempts === 0 || row.attemptedAt === null) return Math.max(0, quiet);
  const again = row.attemptedAt.getTime() + pauseAfter(row.attempts) - clock.now().getTime();
  return Math.max(0, quiet, Math.min(again, longestPauseMs));
}

function pauseAfter(tries: number): number {
  return Math.min(longestPauseMs, 500 * 2 ** Math.min(tries, 10));
}
