import type { Build } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { awaitedBuild } from "../ledger/queries/awaited.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { type Wait, waitOf } from "../waitlist/waits.ts";
import type { World } from "../world.ts";

/** What a card shows beside its container: the build it waits for, or its place in the line. */
export async function cardAsides(
  tx: Tx,
  world: World,
  view: ContainerView,
): Promise<{ awaited: Build | undefined; wait: Wait | undefined }> {
  const awaited = await awaitedBuild(tx, view);
  const isInLine = view.container.state === "waiting" && awaited === undefined;
  return { awaited, wait: isInLine ? await waitOf(tx, world, view.container.id) : undefined };
}
