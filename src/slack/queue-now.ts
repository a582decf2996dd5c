import type { Member } from "../ledger/schema.ts";
import { waitsOf } from "../waitlist/waits.ts";
import type { World } from "../world.ts";
import type { Message } from "./views/blocks.ts";
import { queue } from "./views/queue.ts";

/** What the member has in the line, as it is now. */
export async function queueNow(world: World, member: Pick<Member, "id">): Promise<Message> {
  const { waits, inLine } = await world.ledger.read((tx) => waitsOf(tx, world, member.id));
  return queue(waits, { inLine, now: world.clock.now() });
}
