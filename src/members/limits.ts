import { readStorage, type StorageUse } from "../ledger/queries/disk.ts";
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
  /** What was spent of the extension budget, and when some of it comes back. */
  budget?: { usedGpuHours: number; refillsAt: Date | null };
  /** Where a limit comes from. */
  source: (key: keyof Limits) => Source;
};

export async function limitsAndUse(
  world: World,
  member: Pick<Member, "id" | "group">,
): Promise<LimitsAndUse> {
  const [use, storage, overrides] = await world.ledger.read((tx) =>
    Promise.all([readUse(tx, member.id), readStorage(tx, member.id), openOverrides(tx, member.id)]),
  );
  const now = world.clock.now();
  return {
    limits: limitsOf(world.policy, member, overrides, now),
    use,
    storage,
    source: (key) => sourceOf(world.policy, member, overrides, key, now),
  };
}
