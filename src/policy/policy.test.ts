import { expect, test } from "vitest";
import { defaultPolicy, PolicyProblems, parsePolicy } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";

test("the shipped file says exactly what the code takes for granted", async () => {
  expect(await readPolicy("policy.yaml")).toEqual(defaultPolicy());
});

test.each([
  [
    "an unknown key names the nearest",
    "defaults:\n  max_container: 3",
    2,
    "There is no key defaults.max_container. Did you mean max_containers?",
  ],
  [
    "a misspelt key of a group too",
    "groups:\n  student:\n    memory_gb: 4",
    3,
    "There is no key groups.student.memory_gb. Did you mean memory_gib?",
  ],
  [
    "a wrong kind is told with what it must be",
    "defaults:\n  max_containers: three",
    2,
    'defaults.max_containers is "three"; it must be a whole number, or null for unlimited.',
  ],
  [
    "hours are never unlimited",
    "defaults:\n  max_runtime_h: null",
    2,
    "defaults.max_runtime_h is null; it must be a number above 0.",
  ],
  [
    "idleness has a floor of half an hour",
    "defaults: { idle_timeout_h: 0.1 }",
    1,
    "defaults.idle_timeout_h is 0.1; it must be a number, 0.5 or more.",
  ],
  ["a choice is told with all it may be", "\nenrol: maybe", 2, 'enrol is "maybe"; it must be ask or open.'],
  [
    "the default group must exist",
    "default_group: guests",
    1,
    "default_group is guests, but groups has no such group.",
  ],
  [
    "one container may not exceed its group's total",
    "groups:\n  student:\n    memory_gib: 100",
    3,
    "Group student would allow one container more than its total: memory_gib is 100, max_memory_gib_total is 96.",
  ],
  [
    "unlimited GPUs in one container exceed any total",
    "groups:\n  student:\n    max_gpus_per_container: null",
    3,
    "Group student would allow one container more than its total: max_gpus_per_container is unlimited, max_gpu_equivalents is 1.",
  ],
  [
    "a workspace path must tell members and projects apart",
    "workspace_path: /srv/berth/{handle}",
    1,
    'workspace_path is "/srv/berth/{handle}"; it must be an absolute path with {handle} in it that ends with {project}.',
  ],
  [
    "a data mount may not climb out of its path",
    "data_mounts:\n  - host: /data/../etc\n    name: x",
    2,
    `data_mounts[1].host is "/data/../etc"; it must be an absolute path without '..', ':' or ','.`,
  ],
  [
    "a group that may write somewhere must exist",
    "data_mounts:\n  - { host: /data, name: d, write: [nobody] }",
    2,
    "data_mounts d is writable for nobody, but groups has no such group.",
  ],
  [
    "a key written twice is not read at all",
    "enrol: ask\nenrol: open",
    2,
    "This is not YAML: Map keys must be unique.",
  ],
])("%s", (_sentence, text, line, sentence) => {
  expect(problemsOf(text)).toContainEqual(expect.objectContaining({ line, sentence }));
});

test("several problems are told at once, in the order of the file", () => {
  const problems = problemsOf("enroll: ask\ndefaults: { cpus: -1 }\nguests: some\n");
  expect(problems.map(({ line }) => line)).toEqual([1, 2, 3]);
});

test("a key with nothing behind it means as shipped", () => {
  expect(parsePolicy("data_mounts:\nnodes:\n")).toEqual(defaultPolicy());
});

test("a missing file says what to do", async () => {
  await expect(readPolicy("/nowhere/policy.yaml")).rejects.toThrow(/Copy the shipped policy.yaml there/);
});

function problemsOf(text: string) {
  try {
    parsePolicy(text);
  } catch (error) {
    if (error instanceof PolicyProblems) return error.problems;
    throw error;
  }
  return [];
}
