import { boardOf } from "../waitlist/shown.ts";
import type { World } from "../world.ts";
import type { Message } from "./views/blocks.ts";
import { board } from "./views/board.ts";

/** Every device and the whole line, as they are now. */
export async function boardNow(world: World): Promise<Message> {
  return board(await boardOf(world), { names: world.policy.board_names, now: world.clock.now() });
}
