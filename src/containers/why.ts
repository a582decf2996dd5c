import { Refusal } from "../errors.ts";
import type { Event } from "../ledger/event-table.ts";
import { containerById } from "../ledger/queries/containers.ts";
import { eventsOfContainer } from "../ledger/queries/events.ts";
import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { containerNamed } from "./named.ts";

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

/** The same for the last container of a project, as somebody names it (`containerNamed`). */
export async function whyNamed(
  world: World,
  named: { by: Member; isAdmin: boolean; name: string },
): Promise<Event[]> {
  return world.ledger.read(async (tx) =>
    eventsOfContainer(tx, (await containerNamed(tx, named)).id, mostEvents),
  );
}
