import type { Override } from "../ledger/limit-tables.ts";
import { when } from "../sentence.ts";
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

/** What an admin set for one member, as far as limits are judged by it. */
export type InForce = Pick<Override, "key" | "value" | "until" | "reason">;

/** Whose limits: the group they are in. Null, or one that the policy no longer has, counts as `default_group`. */
export type InGroup = { group: string | null };

/**
 * A member's limits now: override > group > defaults. `overrides` are that member's and not taken back; those whose time
 * is over count nothing. The hours a container gets unasked never exceed those it may have.
 */
export function limitsOf(policy: Policy, member: InGroup, overrides: readonly InForce[], now: Date): Limits {
  const own = overrides
    .filter(({ key, until }) => Object.hasOwn(policy.defaults, key) && !isOver(until, now))
    .map(({ key, value }) => [key, value.to]);
  const limits: Limits = { ...withGroup(policy, member), ...Object.fromEntries(own) };
  return {
    ...limits,
    default_hours: Math.min(limits.default_hours, limits.max_runtime_h),
    sudo: limits.sudo && policy.sudo_refused !== true,
  };
}

/** Who said it. */
export type Source =
  | { is: "default" }
  | { is: "group"; group: string }
  | { is: "override"; until: Date | null; reason: string };

export function sourceOf(
  policy: Policy,
  member: InGroup,
  overrides: readonly InForce[],
  key: keyof Limits,
  now: Date,
): Source {
  const own = overrides.find((one) => one.key === key && !isOver(one.until, now));
  if (own) return { is: "override", until: own.until, reason: own.reason };
  const { name, limits } = groupOf(policy, member);
  return limits[key] === undefined ? { is: "default" } : { is: "group", group: name };
}

/** "default", "group student", "an override until Friday because …": a sentence's part, its instant as in sentence.ts. */
export function sourceInWords(source: Source): string {
  if (source.is === "default") return "default";
  if (source.is === "group") return `group ${source.group}`;
  const until = source.until === null ? "" : ` until ${when(source.until)}`;
  return `an override${until} because ${source.reason.replace(/[.\s]+$/, "")}`;
}

function withGroup(policy: Policy, member: InGroup): Limits {
  const said = Object.entries(groupOf(policy, member).limits).filter(([, value]) => value !== undefined);
  return { ...policy.defaults, ...Object.fromEntries(said) };
}

function groupOf(policy: Policy, { group }: InGroup): { name: string; limits: Policy["groups"][string] } {
  const name = group !== null && Object.hasOwn(policy.groups, group) ? group : policy.default_group;
  return { name, limits: policy.groups[name] ?? {} };
}

/** At its very instant an override is over. */
function isOver(until: Date | null, now: Date): boolean {
  return until !== null && until <= now;
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
    const limits: Limits = withGroup(policy, { group });
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
