import { readUse } from "../ledger/queries/line.ts";
import { allMembers, isActive } from "../ledger/queries/members.ts";
import { openOverridesOfAll } from "../ledger/queries/overrides.ts";
import { limitInWords, valueInWords } from "../policy/limit-words.ts";
import { type Limits, limitsOf, type Policy, sourceInWords, sourceOf } from "../policy/policy.ts";
import type { World } from "../world.ts";

/** Members who hold more now than that policy would let them have, and those whose group it does not have. A sentence each. */
export async function whoWouldBeAbove(world: World, policy: Policy): Promise<string[]> {
  const now = world.clock.now();
  return world.ledger.read(async (tx) => {
    const [members, overrides] = await Promise.all([allMembers(tx), openOverridesOfAll(tx)]);
    const said: string[] = [];
    for (const member of members.filter(isActive)) {
      if (!Object.hasOwn(policy.groups, member.group))
        said.push(
          `${member.handle} is in the group ${member.group}, which the file does not have: counts as ${policy.default_group}.`,
        );
      const own = overrides.get(member.id) ?? [];
      const limits = limitsOf(policy, member, own, now);
      const use = await readUse(tx, member.id);
      const held: [keyof Limits, number][] = [
        ["max_gpu_equivalents", use.gpuEquivalents],
        ["max_containers", use.containers],
        ["max_memory_gib_total", use.memoryGiB],
        ["max_waiting", use.waiting],
      ];
      for (const [key, has] of held) {
        const most = limits[key] as number | null;
        if (most === null || has <= most + 1e-3) continue;
        const from = sourceInWords(sourceOf(policy, member, own, key, now));
        said.push(
          `${member.handle} would be above ${limitInWords(key, most)} (${from}): has ${valueInWords(key, has)}.`,
        );
      }
    }
    return said;
  });
}
