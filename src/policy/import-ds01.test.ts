import { expect, test } from "vitest";
import { gib, importDs01 } from "./import-ds01.ts";
import { limitsOf, parsePolicy } from "./policy.ts";

const now = new Date("2026-11-27T12:00:00Z");
const theirs = `
defaults:
  max_gpu_equivalents: 1.0
  max_gpu_slots_per_container: 1
  allow_full_gpu: true
  max_cpus: 32
  memory: 32g
  memory_swap: 32g
  shm_size: 16g
  pids_limit: 4096
  max_containers_per_user: 3
  max_runtime_h: 24
  idle_timeout_h: 0.5
  gpu_hold_after_stop_h: 0.25
  container_hold_after_stop_h: 0.5
  max_tasks: 32768
default_group: student
groups:
  student:
    members: [ana, ben]
    max_gpus_per_user: 2.0
    max_mig_per_container: 2
    aggregate: { cpu_quota: 9600%, memory_max: 96G, memory_high: 86G, tasks_max: 12288, gpu_limit: 2.0 }
    policies: { gpu_idle_threshold: 5 }
  admin: { max_gpu_equivalents: null, max_gpu_slots_per_container: null, max_runtime_h: null, priority: 90, aggregate: null }
policies: { sigterm_grace_s: 45, high_demand_threshold: 0.8 }
container_types: { api: { idle_timeout_h: null } }
something_new: 1
`;
const imported = importDs01({ limits: theirs }, now);
const became = (key: string) => imported.became.find((one) => one.key === key)?.became;

test("what their file said, the policy says", () => {
  const policy = parsePolicy(imported.policyYaml);
  expect(limitsOf(policy, { group: "student" }, [], now)).toMatchObject({
    max_gpu_equivalents: 2,
    max_gpus_per_container: 2,
    cpus: 32,
    memory_gib: 32,
    shm_gib: 16,
    max_containers: 3,
    max_memory_gib_total: 96,
    idle_timeout_h: 0.5,
    idle_cap_h: 0.5,
    container_hold_after_stop_h: 0.5,
  });
  expect(limitsOf(policy, { group: "admin" }, [], now)).toMatchObject({
    max_gpu_equivalents: null,
    max_runtime_h: 24,
  });
  expect(policy.notices.sigterm_grace_s).toBe(45);
  expect(policy.default_group).toBe("student");
});

test("of every key it is said what became of it", () => {
  const keys = imported.became.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toHaveLength(14 + 1 + 3 + 5 + 1 + 5 + 2 + 2);
  expect(became("groups.student.max_gpus_per_user")).toBe("max_gpu_equivalents: 2");
  expect(became("groups.student.members")).toContain("berth members import");
  expect(became("groups.admin.max_runtime_h")).toMatch(/^left out: max_runtime_h can't be null/);
  expect(became("groups.student.aggregate.gpu_limit")).toBe("left out: max_gpu_equivalents says it");
  expect(became("something_new")).toMatch(/^left out/);
});

test("single people's limits and exemptions become commands; what is over, or no date, is left out and told", () => {
  const { commands, became } = importDs01(
    {
      limits: "defaults: {}",
      overrides: "ana: { max_gpu_slots: 4, memory: 64g, reason: it's a deadline, tapes: 2 }",
      exemptions: `exemptions:
  - { username: ana, exempt_from: [idle_timeout_h, max_runtime_h], expires_on: 2026-12-24, reason: long run }
  - { username: ben, exempt_from: [idle_timeout_h], expires_on: null, reason: forever }
  - { username: chloe, exempt_from: [idle_timeout_h], expires_on: 2026-01-01, reason: over }
  - { username: dmitri, exempt_from: [idle_timeout_h], expires_on: soon, reason: bad date }
  - { username: eve, exempt_from: [wrong_type], expires_on: null, reason: wrong }
`,
    },
    now,
  );
  expect(commands).toEqual([
    "berth limit set ana max_gpu_equivalents 4 --reason 'it'\\''s a deadline'",
    "berth limit set ana memory_gib 64 --reason 'it'\\''s a deadline'",
    "berth exempt set ana idle --until 2026-12-24 --reason 'long run'",
    "berth exempt set ana end --until 2026-12-24 --reason 'long run'",
    "berth exempt set ben idle --until 2027-11-27 --reason 'forever'",
  ]);
  const said = Object.fromEntries(became.map(({ key, became }) => [key, became]));
  expect(said["exemptions[3]"]).toBe("left out: its time is over");
  expect(said["exemptions[4]"]).toBe('left out: "soon" is no date');
  expect(said["exemptions[5].wrong_type"]).toBe("left out: there is no such end");
  expect(said["user-overrides.ana.tapes"]).toMatch(/^left out/);
});

test.each([
  ["32g", 32],
  ["96G", 96],
  ["512m", 0.5],
  ["1.5T", 1536],
  [34359738368, 32],
  [null, null],
  ["much", "much"],
])("%j is %j GiB", (given, expected) => {
  expect(gib(given)).toBe(expected);
});

test.each([["- a list"], ["defaults: ["], ["just words"]])("%j is an error, not an empty policy", (text) => {
  expect(() => importDs01({ limits: text }, now)).toThrow(
    /resource-limits.yaml: (This is not YAML|The file must be)/,
  );
});
