import { readUse } from "../ledger/queries/line.ts";
import type { Member } from "../ledger/schema.ts";
import { type Limits, limitsOf, sourceOf } from "../policy/policy.ts";
import type { World } from "../world.ts";

export type LimitsAndUse = {
  limits: Limits;
  /** What counts against them now. GPU-equivalents, containers, memory in GiB, requests in the line. */
  use: { gpuEquivalents: number; containers: number; memoryGiB: number; waiting: number };
  /** Where a limit comes from: `default` or `group student`. */
  source: (key: keyof Limits) => string;
};

export async function limitsAndUse(
  world: World,
  member: Pick<Member, "id" | "group">,
): Promise<LimitsAndUse> {
  const group = member.group ?? world.policy.default_group;
  return {
    limits: limitsOf(world.policy, group),
    use: await world.ledger.read((tx) => readUse(tx, member.id)),
    source: (key) => sourceOf(world.policy, group, key),
  };
}
