import { type Limits, type Policy, policySchema } from "./keys.ts";
import { type FileProblem, FileProblems, type Place, throughYaml } from "./yaml-door.ts";

export type { Limits, Policy } from "./keys.ts";

/** The policy file is wrong; every problem with its line and what it must be. An invalid file changes nothing. */
export class PolicyProblems extends FileProblems {
  override readonly name = "PolicyProblems";
}

/** Shipped values where the text is silent. Throws `PolicyProblems` with all that is wrong. */
export function parsePolicy(yamlText: string, file = "policy.yaml"): Policy {
  const read = throughYaml(policySchema, yamlText);
  if ("problems" in read) throw new PolicyProblems(file, read.problems);
  const problems = contradictions(read.value, read.place);
  if (problems.length > 0) throw new PolicyProblems(file, problems);
  return read.value;
}

/** As shipped. */
export function defaultPolicy(): Policy {
  return policySchema.parse({});
}

/** A member's limits: what the group says, else the defaults. A group the policy no longer has counts as `default_group`. */
export function limitsOf(policy: Policy, group: string): Limits {
  const own = policy.groups[group] ?? policy.groups[policy.default_group] ?? {};
  const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...policy.defaults, ...said };
}

/** Who said it: `default` or `group student`. */
export function sourceOf(policy: Policy, group: string, key: keyof Limits): "default" | `group ${string}` {
  const name = policy.groups[group] === undefined ? policy.default_group : group;
  return policy.groups[name]?.[key] === undefined ? "default" : `group ${name}`;
}

/** Where a project's files lie on the host. Handles and project names can't contain anything that leads elsewhere. */
export function workspacePathOf(policy: Policy, handle: string, project: string): string {
  return policy.workspace_path.replaceAll("{handle}", () => handle).replaceAll("{project}", () => project);
}

/** What no single key can tell: keys that are each right and together make no sense. */
function contradictions(policy: Policy, place: Place): FileProblem[] {
  const problems: FileProblem[] = [];
  const wrong = (path: PropertyKey[], sentence: string) =>
    problems.push({ line: place(path), key: path.join("."), sentence });

  if (policy.groups[policy.default_group] === undefined)
    wrong(["default_group"], `default_group is ${policy.default_group}, but groups has no such group.`);

  for (const group of Object.keys(policy.groups)) {
    const limits = limitsOf(policy, group);
    const pairs: [keyof Limits, keyof Limits][] = [
      ["max_gpus_per_container", "max_gpu_equivalents"],
      ["memory_gib", "max_memory_gib_total"],
      ["default_hours", "max_runtime_h"],
    ];
    for (const [one, total] of pairs) {
      const [a, b] = [limits[one], limits[total]];
      if (b === null || (a !== null && a <= b)) continue;
      // One GPU per container beside a total of less than one means "slices only": whole_gpus says that.
      if (one === "max_gpus_per_container" && (a === 1 || a === 0)) continue;
      const at = [one, total].find((key) => policy.groups[group]?.[key] !== undefined) ?? one;
      wrong(
        ["groups", group, at],
        `Group ${group} would allow one container more than its total: ${one} is ${a ?? "unlimited"}, ${total} is ${b}.`,
      );
    }
  }

  if (policy.notices.last_m > policy.notices.first_m)
    wrong(
      ["notices", "last_m"],
      "notices.last_m is before notices.first_m: the last notice must come after the first.",
    );

  const seen = new Set<string>();
  for (const [i, mount] of policy.data_mounts.entries()) {
    if (seen.has(mount.name)) wrong(["data_mounts", i, "name"], `Two data_mounts are called ${mount.name}.`);
    seen.add(mount.name);
    for (const group of mount.write)
      if (policy.groups[group] === undefined)
        wrong(
          ["data_mounts", i, "write"],
          `data_mounts ${mount.name} is writable for ${group}, but groups has no such group.`,
        );
  }
  return problems;
}
