import { readStorage, type StorageUse } from "../ledger/queries/disk.ts";
import { type ExtensionBudget, extensionBudget } from "../ledger/queries/extensions.ts";
import { readUse } from "../ledger/queries/line.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { Member } from "../ledger/schema.ts";
import { type Limits, limitsOf, type Source, sourceOf } from "../policy/policy.ts";
import type { World } from "../world.ts";

export type LimitsAndUse = {
  limits: Limits;
  /** What counts against them now. GPU-equivalents, containers, memory in GiB, requests in the line. */
  use: { gpuEquivalents: number; containers: number; memoryGiB: number; waiting: number };
  /** Images, files and what containers wrote; measured every hour. */
  storage: StorageUse;
  /** What was spent of the extension budget in seven days, and when how much of it comes back. */
  budget: ExtensionBudget;
  /** Where a limit comes from. */
  source: (key: keyof Limits) => Source;
};

export async function limitsAndUse(
  world: World,
  member: Pick<Member, "id" | "group">,
): Promise<LimitsAndUse> {
  const now = world.clock.now();
  return world.ledger.read(async (tx) => {
    const [use, storage, overrides] = await Promise.all([
      readUse(tx, member.id),
      readStorage(tx, member.id),
      openOverrides(tx, member.id),
    ]);
    const limits = limitsOf(world.policy, member, overrides, now);
    return {
      limits,
      use,
      storage,
      budget: await extensionBudget(tx, member.id, limits, now),
      source: (key) => sourceOf(world.policy, member, overrides, key, now),
    };
  });
}
