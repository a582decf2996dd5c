import type { ContainerView } from "../ledger/queries/container-views.ts";
import { waitOf } from "../waitlist/waits.ts";
import type { World } from "../world.ts";
import type { Message } from "./views/blocks.ts";
import { deployed } from "./views/deployed.ts";

/** The answer to whoever asked for one, with all that the line can tell if it waits. */
export async function deployedNow(world: World, view: ContainerView, prefix: string): Promise<Message> {
  const isInLine = view.container.state === "waiting" && view.container.awaitsBuildId === null;
  const wait = isInLine ? await world.ledger.read((tx) => waitOf(tx, world, view.container.id)) : undefined;
  return deployed(view, { prefix, wait, now: world.clock.now() });
}
