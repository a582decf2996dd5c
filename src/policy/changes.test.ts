import { expect, test } from "vitest";
import { changesBetween, changesInWords } from "./changes.ts";

test.each<[string, unknown, unknown, string]>([
  ["the same is no change", { a: { b: [1] } }, { a: { b: [1] } }, ""],
  ["an inner key by its whole name", { a: { b: 3, c: 1 } }, { a: { b: 5, c: 1 } }, "a.b 3 → 5"],
  ["one that came, one that went", { a: 1 }, { b: 2 }, "a 1 → nothing; b nothing → 2"],
  ["null is unlimited", { a: 1 }, { a: null }, "a 1 → unlimited"],
  ["a list is one value", { a: [1, 2] }, { a: [1] }, "a [1,2] → [1]"],
  ["a long value is cut", { a: "" }, { a: "x".repeat(99) }, `a "" → "${"x".repeat(58)}…`],
])("%s", (_sentence, before, after, words) => {
  expect(changesInWords(changesBetween(before, after))).toBe(words);
});

test("of many changes the first are named and the others counted", () => {
  const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, i]));
  expect(changesInWords(changesBetween({}, many))).toMatch(/k7 nothing → 7; and 3 more$/);
});
