import { createHash } from "node:crypto";
import { tellProblem, tellSolved } from "../health/tell.ts";
import type { BoardRow } from "../ledger/bot-tables.ts";
import { boardIn, boardsElsewhere, forgetBoard, noteBoard } from "../ledger/queries/boards.ts";
import { currentEpoch } from "../ledger/queries/nodes.ts";
import { problemByKey } from "../ledger/queries/problems.ts";
import { boardOf } from "../waitlist/shown.ts";
import type { Room } from "./room.ts";
import { failureOf, isLedgers } from "./sending.ts";
import { slackWord } from "./slack-word.ts";
import type { Message } from "./views/blocks.ts";
import { standingBoard } from "./views/board.ts";

/** So often it is edited at most, and looked after where nothing calls. */
const everyMs = 30_000;
/** Commits come in crowds; each look reads the whole line. */
const lookPauseMs = 3_000;
/** A board that nothing changes on is asked after so often: whoever deletes it tells nobody. */
const missedAfterMs = 5 * 60_000;
/** Where Slack will not have it, an admin has to act: it is tried again after so long, without a word. */
const hopelessPauseMs = 10 * 60_000;
/** The first look at a machine after a start comes within seconds. */
const unseenPauseMs = 1_000;

export type BoardKeeper = {
  /** One look: posts, edits or does nothing. Milliseconds until the next one may be worth it. Throws what the ledger throws, nothing for Slack's sake. */
  look(): Promise<number>;
};

const noNews = { isNews: false };
const gone = new Set(["message_not_found", "cant_update_message", "edit_window_closed"]);

/**
 * Keeps the board of a channel: one pinned message, edited when what it shows has changed, posted anew if it is gone. Where
 * the channel will not have it admins are told once, until it does.
 */
export function boardKeeper(room: Room, channel: string): BoardKeeper {
  const { world } = room;
  const { clock } = world;
  let nextLookMs = Number.NEGATIVE_INFINITY;
  let seenAtMs = Number.NEGATIVE_INFINITY;
  /** Of this process: it is asked to be pinned once, and again when it is posted anew. */
  let pinnedTs: string | undefined;
  let hasLeftOthers = false;
  /** The troubles that were said since the start, by their key. */
  const said = new Set<string>();

  return {
    async look() {
      const nowMs = clock.monotonicMs();
      const waitMs = Math.max(nextLookMs, room.quietUntilMs) - nowMs;
      if (waitMs > 0) return waitMs;
      if (room.reach().connectedSince === undefined) return everyMs;
      nextLookMs = nowMs + lookPauseMs;
      try {
        await keep();
        await solved(trouble.channel);
      } catch (error) {
        if (isLedgers(error)) throw error;
        await went(error);
      }
      const isPutOff = nextLookMs !== nowMs + lookPauseMs;
      return isPutOff ? Math.max(1, nextLookMs - clock.monotonicMs()) : everyMs;
    },
  };

  async function keep(): Promise<void> {
    if (!hasLeftOthers) await leaveOthers();
    hasLeftOthers = true;
    const [overview, epoch, row] = await Promise.all([
      boardOf(world),
      world.ledger.read(currentEpoch),
      world.ledger.read((tx) => boardIn(tx, channel)),
    ]);
    // After a start nothing is known of a machine until it was looked at, and what stands there is truer than that.
    const isKnown = overview.nodes.every((node) => node.state !== "up" || node.adoptedInEpoch === epoch);
    if (overview.nodes.length === 0 || !isKnown) {
      nextLookMs = clock.monotonicMs() + unseenPauseMs;
      return;
    }
    const { message, shows } = standingBoard(overview, {
      names: world.policy.board_names,
      now: clock.now(),
      prefix: room.settings.commandPrefix,
    });
    const drawn = { message, shows: createHash("sha256").update(shows).digest("hex") };
    if (!row) return await post(drawn);
    if (!(await isThere(row, drawn))) return await post(drawn);
    if (pinnedTs !== row.ts) await pin(row.ts);
  }

  async function post({ message, shows }: { message: Message; shows: string }): Promise<void> {
    const { ts } = await room.clients.sending.chat.postMessage({ channel, ...asSent(message) });
    if (!ts) throw new Error("Slack took the board and did not say where it is");
    const now = clock.now();
    await note({ channel, ts, postedAt: now, editedAt: now, shows });
    await pin(ts);
  }

  /** Edited if it shows something else by now; false: it is gone. */
  async function isThere(row: BoardRow, { message, shows }: { message: Message; shows: string }) {
    const { chat } = room.clients.sending;
    const { ts } = row;
    try {
      if (row.shows !== shows) {
        const sinceMs = clock.now().getTime() - row.editedAt.getTime();
        if (sinceMs >= 0 && sinceMs < everyMs) {
          nextLookMs = clock.monotonicMs() + everyMs - sinceMs;
          return true;
        }
        if (!room.updates.take("board")) {
          nextLookMs = clock.monotonicMs() + room.updates.waitMs("board");
          return true;
        }
        await chat.update({ channel, ts, ...asSent(message) });
        await note({ ...row, editedAt: clock.now(), shows });
      } else if (clock.monotonicMs() - seenAtMs >= missedAfterMs) {
        await chat.getPermalink({ channel, message_ts: ts });
      } else return true;
    } catch (error) {
      if (gone.has(slackWord(error) ?? "")) return false;
      throw error;
    }
    seenAtMs = clock.monotonicMs();
    return true;
  }

  async function note(row: BoardRow): Promise<void> {
    seenAtMs = clock.monotonicMs();
    await world.ledger.transaction((tx) => noteBoard(tx, row), noNews);
  }

  async function pin(ts: string): Promise<void> {
    try {
      await room.clients.sending.pins.add({ channel, timestamp: ts });
    } catch (error) {
      if (slackWord(error) !== "already_pinned") {
        if (failureOf(error).kind === "passing") throw error;
        pinnedTs = ts;
        return await say(trouble.pin, slackWord(error));
      }
    }
    pinnedTs = ts;
    await solved(trouble.pin);
  }

  /** Where an admin moved it from. What can't be deleted there stays. */
  async function leaveOthers(): Promise<void> {
    for (const row of await world.ledger.read((tx) => boardsElsewhere(tx, channel))) {
      await room.clients.sending.chat
        .delete({ channel: row.channel, ts: row.ts })
        .catch((err: unknown) =>
          world.log.warn({ channel: row.channel, err }, "an old board was not deleted"),
        );
      await world.ledger.transaction((tx) => forgetBoard(tx, row.channel), noNews);
    }
  }

  async function went(error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (failure.kind === "passing") {
      const waitMs = failure.waitMs ?? everyMs;
      nextLookMs = clock.monotonicMs() + waitMs;
      if (failure.waitMs !== undefined) room.quietUntilMs = nextLookMs;
      return world.log.warn({ channel, error: failure.error }, "the board was not kept; it is tried again");
    }
    nextLookMs = clock.monotonicMs() + hopelessPauseMs;
    await say(trouble.channel, failure.error);
  }

  async function say({ key, text, over }: Trouble, word = "unknown"): Promise<void> {
    if (said.has(key)) return;
    said.add(key);
    world.log.error({ channel, error: word }, text(channel, word));
    await world.ledger.transaction((tx) =>
      tellProblem(tx, world, { key, text: text(channel, word), whenSolved: over }),
    );
  }

  /** Asked of the ledger once after a start; from then on only if it was said. */
  async function solved({ key }: Trouble): Promise<void> {
    if (said.has(`${key} asked`) && !said.has(key)) return;
    said.delete(key);
    said.add(`${key} asked`);
    const problem = await world.ledger.read((tx) => problemByKey(tx, key));
    if (problem?.solvedAt === null) await world.ledger.transaction((tx) => tellSolved(tx, world, key));
  }
}

type Trouble = { key: string; text: (channel: string, word: string) => string; over: string };

const trouble = {
  channel: {
    key: "board",
    text: (channel, word) =>
      `The board can't be kept in the channel ${channel}: Slack says ${word}. ${whatToDo[word] ?? "Check BERTH_BOARD_CHANNEL."} It is tried again every 10 minutes.`,
    over: "The board is kept again.",
  },
  pin: {
    key: "board pin",
    text: (channel, word) =>
      `The board in the channel ${channel} could not be pinned: Slack says ${word}. ${whatToDo[word] ?? "Pin it by hand, once."} It is kept up to date all the same.`,
    over: "The board is pinned.",
  },
} satisfies Record<string, Trouble>;

const whatToDo: Readonly<Record<string, string>> = {
  not_in_channel: "Invite Berth there: /invite @Berth.",
  channel_not_found:
    "BERTH_BOARD_CHANNEL must be the id of a channel that Berth is in; a private one is not seen by others.",
  is_archived: "Name another channel in BERTH_BOARD_CHANNEL.",
  missing_scope: "Install the app once more, with the manifest as it is now.",
  too_many_pins: "Unpin something else there, and pin the board by hand.",
};

function asSent({ text, blocks }: Message) {
  return { text, blocks, unfurl_links: false, unfurl_media: false };
}
