import { drawHome } from "./draw-home.ts";
import type { Room } from "./room.ts";

/** A Home that somebody opened since the start. */
export type OpenHome = {
  /** What it showed last, in Slack's own form; undefined: nothing was published yet. */
  shown: string | undefined;
  openedAtMs: number;
  /** When what it is to show was last drawn. */
  drawnAtMs: number;
  /** What of it everybody reads alike, as it was when it was last looked after. */
  server: string | undefined;
  /** The last publication: the next one begins when that is over, so that what is newer stands last. */
  turn: Promise<unknown>;
};

/** Published when it is opened. */
export async function openHome(room: Room, slackUserId: string): Promise<void> {
  const nowMs = room.world.clock.monotonicMs();
  const home = room.homes.get(slackUserId) ?? {
    shown: undefined,
    openedAtMs: nowMs,
    drawnAtMs: nowMs,
    server: undefined,
    turn: Promise.resolve(),
  };
  home.openedAtMs = nowMs;
  room.homes.set(slackUserId, home);
  await publish(room, slackUserId, home);
}

/**
 * Published again, if they ever opened it and it looks different now: after a change of the person's own, and after what was
 * told to them. Whether it was. Homes are remembered for the life of this process: one that is open while the bot starts
 * anew is as old as that until it is opened again.
 */
export async function refreshHome(room: Room, slackUserId: string): Promise<boolean> {
  const home = room.homes.get(slackUserId);
  return home ? await publish(room, slackUserId, home) : false;
}

/** The same after an answer: what was asked is done, whatever becomes of this. */
export async function refreshHomeQuietly(room: Room, slackUserId: string): Promise<void> {
  await refreshHome(room, slackUserId).catch((err: unknown) =>
    room.world.log.warn({ of: slackUserId, err }, "a Home was not published after a change"),
  );
}

function publish(room: Room, slackUserId: string, home: OpenHome): Promise<boolean> {
  const turn = home.turn.then(async () => {
    const blocks = await drawHome(room, slackUserId);
    home.drawnAtMs = room.world.clock.monotonicMs();
    const shown = JSON.stringify(blocks);
    if (home.shown === shown) return false;
    await room.clients.answering.views.publish({ user_id: slackUserId, view: { type: "home", blocks } });
    home.shown = shown;
    return true;
  });
  home.turn = turn.catch(() => undefined);
  return turn;
}
