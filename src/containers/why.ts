import { Refusal } from "../errors.ts";
import { containerById } from "../ledger/queries/containers.ts";
import { eventsOfContainer } from "../ledger/queries/events.ts";
import type { Event, Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";

const mostEvents = 10;

/**
 * What happened to a container and why, the newest first: for its owner, and for admins.
 * Anybody else is answered as if it did not exist.
 */
export async function why(
  world: World,
  request: { by: Member; isAdmin: boolean; containerId: number },
): Promise<Event[]> {
  return world.ledger.read(async (tx) => {
    const container = await containerById(tx, request.containerId);
    if (!container || (container.memberId !== request.by.id && !request.isAdmin)) {
      throw new Refusal("no-container", "That container is no longer there.", {
        hint: "/container-list shows yours.",
      });
    }
    return eventsOfContainer(tx, container.id, mostEvents);
  });
}
