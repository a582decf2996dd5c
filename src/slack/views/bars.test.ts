import { expect, test } from "vitest";
import { bar, figure, lasting, ordinal } from "./bars.ts";

test.each([
  ["nothing is empty", 0, 10, "▱▱▱▱▱"],
  ["the least bit shows", 0.01, 10, "▰▱▱▱▱"],
  ["only all is full", 9.99, 10, "▰▰▰▰▱"],
  ["all is full", 10, 10, "▰▰▰▰▰"],
  ["more than all is full", 20, 10, "▰▰▰▰▰"],
  ["of nothing there is nothing", 1, 0, "▱▱▱▱▱"],
])("%s", (_sentence, used, most, wanted) => {
  expect(bar(used, most, 5)).toBe(wanted);
});

test.each([
  [400, "0.4 s"],
  [9_940, "9.9 s"],
  [9_960, "10 s"],
  [89_000, "89 s"],
  [120_000, "2 min"],
  [3_600_000, "1 h"],
  [7_500_000, "2 h 5 min"],
  [3 * 86_400_000, "3 days"],
  [-5, "0.0 s"],
])("%d ms is %s", (ms, words) => {
  expect(lasting(ms)).toBe(words);
});

test.each([
  [1, "1st"],
  [2, "2nd"],
  [3, "3rd"],
  [4, "4th"],
  [11, "11th"],
  [12, "12th"],
  [21, "21st"],
  [112, "112th"],
])("%d is %s", (n, word) => {
  expect(ordinal(n)).toBe(word);
});

test("figures have as few digits as tell them", () => {
  expect([figure(3 / 7), figure(2), figure(1.5)]).toEqual(["0.43", "2", "1.5"]);
});
