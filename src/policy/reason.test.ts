import { expect, test } from "vitest";
import { readReason } from "./reason.ts";

const asked = { missing: "Say why.", mostLetters: 12 };

test.each([
  ["a plain one is what it is", "new disks", "new disks"],
  ["it is one line", " new\n\tdisks\u2028 ", "new disks"],
  ["our sentences end themselves", "new disks...", "new disks"],
  ["the marks of an instant are ours alone", "at ⟦2026⟧", "at 2026"],
  ["letters are counted as people see them", "🦊".repeat(12), "🦊".repeat(12)],
])("%s", (_rule, typed, read) => {
  expect(readReason(typed, asked)).toBe(read);
});

test.each([
  ["nothing is no reason", "", /Say why/],
  ["a dot is none either", " . ", /Say why/],
  ["one sentence is enough", "new disks and more", /12 letters; this has 18/],
])("refused: %s", (_rule, typed, words) => {
  expect(() => readReason(typed, asked)).toThrow(words);
});
