import { expect, test } from "vitest";
import type { LimitsAndUse } from "../../members/limits.ts";
import { defaultPolicy, limitsOf } from "../../policy/policy.ts";
import { limitsMessage } from "./limits.ts";

const gib = 1024 ** 3;
const measuredAt = new Date("2026-11-24T10:00:00Z");
const shown: LimitsAndUse = {
  limits: limitsOf(defaultPolicy(), { group: "student" }, [], new Date(0)),
  use: { gpuEquivalents: 1, containers: 2, memoryGiB: 64, waiting: 0 },
  storage: { images: 4, imageBytes: 47.6 * gib, workspaceBytes: 0.123 * gib, fullest: null, measuredAt },
  budget: { used: 6, most: 24, left: 18, refills: [{ at: measuredAt, gpuHours: 4 }] },
  source: () => ({ is: "default" }),
};
const words = (limits: LimitsAndUse) => JSON.stringify(limitsMessage(limits, "student").blocks);

test("storage stands beside the rest, as bars", () => {
  const said = words(shown);
  expect(said).toContain("`Images     `  ▰▰▰▰▰▰▰▰▱▱  4 of 5");
  expect(said).toContain("`Image space`  ▰▰▰▰▰▰▰▰▱▱  48 of 60 GB");
  expect(said).toContain("`Files      `  ▰▱▱▱▱▱▱▱▱▱  0.12 of 500 GB");
  expect(said).not.toContain("Elsewhere");
});

test("of what containers wrote elsewhere the fullest is shown", () => {
  const fullest = { project: "vision", containerId: 7, bytes: 41.2 * gib };
  expect(words({ ...shown, storage: { ...shown.storage, fullest } })).toContain(
    "`Elsewhere  `  ▰▰▰▰▰▰▰▰▱▱  41 of 50 GB written outside /workspace by `vision`",
  );
});

test("what was never measured is not shown as nothing", () => {
  const storage = { images: 1, imageBytes: 0, workspaceBytes: 0, fullest: null, measuredAt: null };
  const said = words({ ...shown, storage });
  expect(said).toContain("`Image space`  up to 60 GB, not measured yet");
  expect(said).toContain("`Images     `  ▰▰▱▱▱▱▱▱▱▱  1 of 5");
});

test("each limit says where it comes from; what an admin set says until when and why, its markup as letters", () => {
  const until = new Date("2026-12-04T18:00:00Z");
  const said = words({
    ...shown,
    source: (key) =>
      key === "max_gpu_equivalents"
        ? { is: "override", until, reason: "the *deadline* of <a> paper." }
        : key === "max_containers"
          ? { is: "group", group: "student" }
          : { is: "default" },
  });
  expect(said).toContain("`GPUs       `  ▰▰▰▰▰▱▱▱▱▱  1 of 2  ·  _set for you_");
  expect(said).toContain("`Containers `  ▰▰▰▰▰▰▰▱▱▱  2 of 3  ·  _group student_");
  expect(said).toContain("`Longest run`  24 h  ·  _default_");
  expect(said).toContain("• *GPUs at once: 2*, until <!date^1796407200^");
  expect(said).toContain("because “the *deadline* of &lt;a&gt; paper”.");
});

test("the extension budget says what was used of it, and when how much comes back", () => {
  expect(words(shown)).toMatch(
    /`Extensions ` {2}▰▰▰▱▱▱▱▱▱▱ {2}6 of 24 GPU-hours in 7 days, 4 back <!date\^\d+\^/,
  );
});
