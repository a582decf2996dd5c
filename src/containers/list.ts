import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfMember, onOlderBuilds } from "../ledger/queries/containers.ts";
import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";

/** The member's living containers, the oldest first. */
export async function ownContainers(world: World, member: Pick<Member, "id">): Promise<ContainerView[]> {
  return world.ledger.read(async (tx) => {
    const living = await livingOfMember(tx, member.id);
    return containerViews(
      tx,
      living.map((container) => container.id),
    );
  });
}

/** One container, living or not; the caller checks whose it is. */
export async function containerView(world: World, containerId: number): Promise<ContainerView | undefined> {
  return (await world.ledger.read((tx) => containerViews(tx, [containerId])))[0];
}

/** The member's containers whose image has a newer build than theirs: deployed again they would be made from that. */
export async function onOlderBuild(world: World, member: Pick<Member, "id">): Promise<ContainerView[]> {
  return world.ledger.read(async (tx) => containerViews(tx, await onOlderBuilds(tx, member.id)));
}
