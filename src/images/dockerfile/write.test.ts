import { expect, test } from "vitest";
import type { BaseFacts, Recipe } from "../../ledger/image-tables.ts";
import { defaultPolicy } from "../../policy/policy.ts";
import { writeDockerfile } from "./write.ts";

const facts: BaseFacts = {
  os: "debian",
  osName: "Debian 12",
  missing: [],
  python: "3.12.1",
  cuda: null,
  pip: [],
  hasVenv: true,
  hasSshd: false,
  lacks: ["openssh-server"],
};

const catalogue: Recipe["base"] = { kind: "catalogue", name: "python", image: "python:3.12" };
const own: Recipe["base"] = { kind: "dockerfile", text: "FROM python:3.12\nRUN true", context: false };

/** The caches that the steps of such an image may read and write. */
function cachesOf(memberId: number, base: Recipe["base"]): string[] {
  const set = { name: "always", pip: ["pandas"], apt: ["git"] };
  const recipe: Recipe = { base, sets: [set], pip: ["numpy"], apt: ["jq"] };
  const order = { recipe, facts, baseRef: "berth-base:0123456789ab", settings: defaultPolicy(), memberId };
  const found = writeDockerfile(order).dockerfile.matchAll(/--mount=type=cache,id=([^,]+),/g);
  return [...new Set([...found].map(([, id]) => id ?? ""))];
}

const shared = (one: readonly string[], other: readonly string[]) => one.filter((id) => other.includes(id));

test("on a base of the catalogue two members share every cache but that of their own Python packages", () => {
  const [ana, ben] = [cachesOf(1, catalogue), cachesOf(2, catalogue)];
  expect(ana.filter((id) => !ben.includes(id))).toEqual(["berth-own-pip-member-1-debian-12-python-3.12"]);
  expect(ben.filter((id) => !ana.includes(id))).toEqual(["berth-own-pip-member-2-debian-12-python-3.12"]);
});

test("what a member's own Dockerfile made shares no cache with anybody, nor with their images on the catalogue's bases but their own packages", () => {
  const made = cachesOf(1, own);
  expect(made.length).toBeGreaterThan(2);
  expect(shared(made, cachesOf(2, own))).toEqual([]);
  expect(shared(made, cachesOf(2, catalogue))).toEqual([]);
  expect(shared(made, cachesOf(1, catalogue))).toEqual(["berth-own-pip-member-1-debian-12-python-3.12"]);
});
