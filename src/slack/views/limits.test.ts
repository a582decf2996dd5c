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
