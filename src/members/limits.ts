import { readStorage, type StorageUse } from "../ledger/queries/disk.ts";
import { budgetOf, type ExtensionBudget, extensionsCharged } from "../ledger/queries/extensions.ts";
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
    const [use, storage, overrides, charged] = await Promise.all([
      readUse(tx, member.id),
      readStorage(tx, member.id),
      openOverrides(tx, member.id),
      extensionsCharged(tx, member.id, now),
    ]);
    const limits = limitsOf(world.policy, member, overrides, now);
    return {
      limits,
      use,
      storage,
      budget: budgetOf(charged, limits),
      source: (key) => sourceOf(world.policy, member, overrides, key, now),
    };
  });
}
