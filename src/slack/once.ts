import type { Tx } from "../ledger/ledger.ts";
import { firstTime } from "../ledger/queries/seen-keys.ts";
import type { Room } from "./room.ts";

const remembered = 5_000;

/**
 * Whether this delivery is acted on for the first time. Slack delivers again what it believes lost. `lasting`: asked of the
 * ledger as well, for what changes something; then a restart in between does not matter.
 */
export async function isFirst(room: Room, key: string, lasting: boolean): Promise<boolean> {
  if (room.seen.has(key)) return false;
  room.seen.add(key);
  if (room.seen.size > remembered)
    for (const oldest of room.seen) {
      room.seen.delete(oldest);
      break;
    }
  if (!lasting) return true;
  const note = (tx: Tx) => firstTime(tx, key, room.world.clock.now());
  return await room.world.ledger.transaction(note, { isNews: false });
}
