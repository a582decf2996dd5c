import { drawHome } from "./draw-home.ts";
import type { Room } from "./room.ts";

/** Published when it is opened. */
export async function openHome(room: Room, slackUserId: string): Promise<void> {
  await publish(room, slackUserId);
}

/** Published again after a change of the person's own, if they ever opened it and it looks different now. */
export async function refreshHome(room: Room, slackUserId: string): Promise<void> {
  if (room.homes.has(slackUserId)) await publish(room, slackUserId);
}

async function publish(room: Room, slackUserId: string): Promise<void> {
  const blocks = await drawHome(room, slackUserId);
  const drawn = JSON.stringify(blocks);
  if (room.homes.get(slackUserId) === drawn) return;
  await room.clients.answering.views.publish({ user_id: slackUserId, view: { type: "home", blocks } });
  room.homes.set(slackUserId, drawn);
}
