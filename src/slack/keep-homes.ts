import { boardOf } from "../waitlist/shown.ts";
import { type OpenHome, refreshHome } from "./home.ts";
import type { Room } from "./room.ts";
import { failureOf, isLedgers } from "./sending.ts";
import { serverNow } from "./views/home.ts";
import { rangeInWords } from "./views/range.ts";

/** Whoever opens it sees it new; who does not come back to it for so long does not look at it. */
const followedMs = 12 * 3_600_000;
/** Commits come in crowds; each look reads the whole line. */
const lookPauseMs = 5_000;
/** Publishing has a budget of its own in Slack, 100 a minute: 40, and the others for who opens theirs or does something. */
const publishPauseMs = 1_500;
/** What no commit and no message tells of, such as use of disk, is seen so late. */
const longestMs = 5 * 60_000;
const everyMs = 30_000;

export type HomeKeeper = {
  /** One look; milliseconds until the next one may be worth it. Throws what the ledger throws, nothing for Slack's sake. */
  look(signal: AbortSignal): Promise<number>;
};

/**
 * Keeps the Homes that were opened of late true, also of what others do: devices, the line. What happens to one's own is told
 * to them, and their Home follows that message; so here one read says whether anything else changed, and only then each is drawn.
 */
export function homeKeeper(room: Room): HomeKeeper {
  const { clock } = room.world;
  let nextLookMs = Number.NEGATIVE_INFINITY;

  return {
    async look(signal) {
      const waitMs = Math.max(nextLookMs, room.quietUntilMs) - clock.monotonicMs();
      if (waitMs > 0) return waitMs;
      if (followed().length === 0 || room.reach().connectedSince === undefined) return everyMs;
      nextLookMs = clock.monotonicMs() + lookPauseMs;
      const server = await serverShown(room);
      for (const [slackUserId, home] of followed()) {
        if (signal.aborted) break;
        const isOld = clock.monotonicMs() - home.drawnAtMs >= longestMs;
        if (home.server === server && !isOld) continue;
        const outcome = await refreshed(slackUserId);
        if (outcome.kind === "failed") {
          nextLookMs = clock.monotonicMs() + outcome.inMs;
          break;
        }
        home.server = server;
        if (outcome.isPublished) await clock.sleep(publishPauseMs, signal);
      }
      return Math.max(1, Math.min(everyMs, nextLookMs - clock.monotonicMs()));
    },
  };

  /** Those that wait for longest first. */
  function followed(): [string, OpenHome][] {
    const nowMs = clock.monotonicMs();
    return [...room.homes]
      .filter(([, home]) => nowMs - home.openedAtMs < followedMs)
      .sort(([, a], [, b]) => a.drawnAtMs - b.drawnAtMs);
  }

  async function refreshed(
    slackUserId: string,
  ): Promise<{ kind: "done"; isPublished: boolean } | { kind: "failed"; inMs: number }> {
    try {
      return { kind: "done", isPublished: await refreshHome(room, slackUserId) };
    } catch (error) {
      if (isLedgers(error)) throw error;
      const failure = failureOf(error);
      room.world.log.warn({ of: slackUserId, error: failure.error }, "a Home was not published");
      // Slack will not have this one, and the others need not wait for it.
      if (failure.kind === "hopeless") {
        room.homes.delete(slackUserId);
        return { kind: "done", isPublished: false };
      }
      const inMs = failure.kind === "passing" ? (failure.waitMs ?? everyMs) : everyMs;
      if (failure.kind === "passing" && failure.waitMs !== undefined)
        room.quietUntilMs = clock.monotonicMs() + inMs;
      return { kind: "failed", inMs };
    }
  }
}

/** All that others can change of anybody's Home, to be compared. */
async function serverShown({ world }: Room): Promise<string> {
  const board = await boardOf(world);
  const now = world.clock.now();
  return JSON.stringify([
    serverNow({ overview: board, line: board.line, containers: [] }),
    board.line.map(({ container, place, range }) => [
      container.id,
      place,
      rangeInWords(range, now),
      container.waitsFor,
    ]),
  ]);
}
