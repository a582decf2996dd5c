import { readStorage, type StorageUse } from "../ledger/queries/disk.ts";
import { readUse } from "../ledger/queries/line.ts";
import type { Member } from "../ledger/schema.ts";
import { type Limits, limitsOf, sourceOf } from "../policy/policy.ts";
import type { World } from "../world.ts";

export type LimitsAndUse = {
  limits: Limits;
  /** What counts against them now. GPU-equivalents, containers, memory in GiB, requests in the line. */
  use: { gpuEquivalents: number; containers: number; memoryGiB: number; waiting: number };
  /** Images, files and what containers wrote; measured every hour. */
  storage: StorageUse;
  /** Where a limit comes from: `default` or `group student`. */
  source: (key: keyof Limits) => string;
};

export async function limitsAndUse(
  world: World,
  member: Pick<Member, "id" | "group">,
): Promise<LimitsAndUse> {
  const group = member.group ?? world.policy.default_group;
  const [use, storage] = await world.ledger.read((tx) =>
    Promise.all([readUse(tx, member.id), readStorage(tx, member.id)]),
  );
  return {
    limits: limitsOf(world.policy, group),
    use,
    storage,
    source: (key) => sourceOf(world.policy, group, key),
  };
}
