import { namedBuild } from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import type { World } from "../world.ts";

/** Whether the member has an image of that name that could be deployed at once. */
export async function hasReadyImage(world: World, by: ActiveMember, name: string): Promise<boolean> {
  const found = await world.ledger.read((tx) => namedBuild(tx, by.id, { name }));
  return found?.build !== undefined && found.build.removedAt === null;
}
