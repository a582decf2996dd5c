import { Refusal } from "../errors.ts";
import { containerById, newestOfProject } from "../ledger/queries/containers.ts";
import { eventsOfContainer } from "../ledger/queries/events.ts";
import { memberByHandle, projectsOfMember } from "../ledger/queries/members.ts";
import type { Event, Member } from "../ledger/schema.ts";
import { nearest } from "../policy/nearest.ts";
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

/**
 * The same for the last container of a project, also one that is gone: `vision` is the caller's own, `ana/vision` is what
 * an admin types of somebody else's.
 */
export async function whyNamed(
  world: World,
  { by, isAdmin, name }: { by: Member; isAdmin: boolean; name: string },
): Promise<Event[]> {
  return world.ledger.read(async (tx) => {
    const [project = "", handle] = name.split("/").reverse();
    const owner = handle === undefined || handle === by.handle ? by : await memberByHandle(tx, handle);
    const mayAsk = owner !== undefined && (owner.id === by.id || isAdmin);
    const container = mayAsk ? await newestOfProject(tx, owner.id, project) : undefined;
    if (container) return eventsOfContainer(tx, container.id, mostEvents);
    const known = mayAsk ? (await projectsOfMember(tx, owner.id)).map((one) => one.name) : [];
    const [near] = nearest(project, known);
    throw new Refusal("no-container", `There never was a container called “${name.slice(0, 60)}”.`, {
      hint: near ? `Did you mean “${near}”?` : "/container-list shows yours.",
    });
  });
}
