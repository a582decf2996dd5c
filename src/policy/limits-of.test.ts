import { expect, test } from "vitest";
import {
  defaultPolicy,
  type InForce,
  type Limits,
  limitsOf,
  parsePolicy,
  sourceInWords,
  sourceOf,
} from "./policy.ts";

const now = new Date("2026-11-27T12:00:00Z");
const friday = new Date("2026-12-04T18:00:00Z");
const policy = parsePolicy(`
defaults: { cpus: 4, max_containers: 3, extension_gpu_h_per_7d: 24 }
groups:
  student: { max_containers: 1 }
  admin: { max_gpu_equivalents: null, max_gpus_per_container: null, max_memory_gib_total: null }
`);

const override = (key: string, to: number | boolean | null, until: Date | null = friday): InForce => ({
  key,
  value: { to },
  until,
  reason: "the deadline of a paper.",
});

/** DS01's cases of limits (docs/ds01-cases.md), and what ours add to them. */
test.each<[string, { group: string | null }, InForce[], Partial<Limits>, keyof Limits, string]>([
  [
    "a member of a group has the group's",
    { group: "student" },
    [],
    { max_containers: 1 },
    "max_containers",
    "group student",
  ],
  [
    "what the group does not say comes from the defaults",
    { group: "student" },
    [],
    { cpus: 4 },
    "cpus",
    "default",
  ],
  [
    "what the file does not say is as shipped",
    { group: "student" },
    [],
    { memory_gib: 32 },
    "memory_gib",
    "default",
  ],
  [
    "who is in no group is in the default group",
    { group: null },
    [],
    { max_containers: 1 },
    "max_containers",
    "group student",
  ],
  [
    "a group the policy no longer has counts as the default group",
    { group: "alumni" },
    [],
    { max_containers: 1 },
    "max_containers",
    "group student",
  ],
  [
    "a group called like a thing of the language is no group",
    { group: "constructor" },
    [],
    { max_containers: 1 },
    "max_containers",
    "group student",
  ],
  [
    "null in a group is unlimited",
    { group: "admin" },
    [],
    { max_gpu_equivalents: null },
    "max_gpu_equivalents",
    "group admin",
  ],
  [
    "an override beats the group",
    { group: "student" },
    [override("max_containers", 5)],
    { max_containers: 5, cpus: 4 },
    "max_containers",
    "an override until ⟦1796407200⟧ because the deadline of a paper",
  ],
  [
    "an override beats the defaults",
    { group: "student" },
    [override("cpus", 8)],
    { cpus: 8 },
    "cpus",
    "an override until ⟦1796407200⟧ because the deadline of a paper",
  ],
  [
    "an override may be unlimited",
    { group: "student" },
    [override("max_containers", null)],
    { max_containers: null },
    "max_containers",
    "an override until ⟦1796407200⟧ because the deadline of a paper",
  ],
  [
    "an override may lower too",
    { group: "admin" },
    [override("max_gpu_equivalents", 0)],
    { max_gpu_equivalents: 0 },
    "max_gpu_equivalents",
    "an override until ⟦1796407200⟧ because the deadline of a paper",
  ],
  [
    "one without an end says so by saying none",
    { group: "student" },
    [override("sudo", false, null)],
    { sudo: false },
    "sudo",
    "an override because the deadline of a paper",
  ],
  [
    "at its very end an override is over",
    { group: "student" },
    [override("max_containers", 5, now)],
    { max_containers: 1 },
    "max_containers",
    "group student",
  ],
  [
    "a moment before its end it counts",
    { group: "student" },
    [override("max_containers", 5, new Date(now.getTime() + 1))],
    { max_containers: 5 },
    "max_containers",
    "an override until ⟦1795780800⟧ because the deadline of a paper",
  ],
  [
    "a limit that the policy no longer knows counts nothing",
    { group: "student" },
    [override("max_tapes", 5)],
    { max_containers: 1 },
    "max_containers",
    "group student",
  ],
  [
    "hours unasked never exceed those that may be had",
    { group: "student" },
    [override("max_runtime_h", 4)],
    { max_runtime_h: 4, default_hours: 4 },
    "default_hours",
    "default",
  ],
])("%s", (_sentence, member, overrides, expected, key, source) => {
  expect(limitsOf(policy, member, overrides, now)).toMatchObject(expected);
  expect(sourceInWords(sourceOf(policy, member, overrides, key, now))).toBe(source);
});

test("every limit of everybody has a value and a source, whatever the group", () => {
  const shipped = defaultPolicy();
  for (const group of [...Object.keys(shipped.groups), "nowhere", null]) {
    const limits = limitsOf(shipped, { group }, [], now);
    expect(Object.keys(limits)).toEqual(Object.keys(shipped.defaults));
    for (const key of Object.keys(limits) as (keyof Limits)[])
      expect(sourceInWords(sourceOf(shipped, { group }, [], key, now))).toMatch(/^(default|group \w+)$/);
  }
});
