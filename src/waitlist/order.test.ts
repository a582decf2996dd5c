import { expect, test } from "vitest";
import { defaultPolicy } from "../policy/policy.ts";
import { withInstants } from "../sentence.ts";
import { byPlace, placeInWords, standing } from "./order.ts";

const { line } = defaultPolicy();
const at = (time: string) => new Date(`2026-11-27T${time}:00Z`);

test.each<[string, number, string]>([
  ["who held nothing stands where they asked", 0, "10:00"],
  ["an hour later for every 10 GPU-hours held", 10, "11:00"],
  ["parts of an hour count", 45, "14:30"],
  ["at most 12 hours", 120, "22:00"],
  ["however much was held", 10_000, "22:00"],
  ["nothing makes it earlier than it was asked", -5, "10:00"],
])("%s", (_sentence, held, stands) => {
  expect(standing(at("10:00"), held, line)).toEqual(at(stands));
});

test("without a handicap everybody stands where they asked", () => {
  expect(standing(at("10:00"), 500, { ...line, handicap_max_h: 0 })).toEqual(at("10:00"));
});

const place = (id: number, stands: string, first?: string) => ({
  id,
  standsAt: at(stands),
  firstSince: first ? at(first) : null,
});

test.each([
  ["who stands earlier is first", [place(1, "11:00"), place(2, "10:00")], [2, 1]],
  ["at the same instant whoever was written down first", [place(2, "10:00"), place(1, "10:00")], [1, 2]],
  ["whom an admin put first is first", [place(1, "10:00"), place(2, "11:00", "12:00")], [2, 1]],
  [
    "of several that were put first, whoever was put there first",
    [place(1, "10:00", "13:00"), place(2, "11:00", "12:00"), place(3, "09:00")],
    [2, 1, 3],
  ],
])("%s", (_sentence, line, order) => {
  expect([...line].sort(byPlace).map(({ id }) => id)).toEqual(order);
});

const plain = {
  askedAt: at("10:00"),
  standsAt: at("10:00"),
  heldGpuHours: 0,
  firstSince: null,
  firstBecause: null,
};

test.each([
  ["You asked 10:00, and there you stand.", plain],
  [
    "You asked 10:00; you held 45 GPU-hours this week, so you stand as if you had asked 14:30.",
    { ...plain, standsAt: at("14:30"), heldGpuHours: 45.02 },
  ],
  [
    "You asked 10:00; you held 2.5 GPU-hours this week, so you stand as if you had asked 10:15.",
    { ...plain, standsAt: at("10:15"), heldGpuHours: 2.5 },
  ],
  [
    "An admin put it first in the line 12:00: the review is tonight.",
    {
      ...plain,
      standsAt: at("14:30"),
      heldGpuHours: 45,
      firstSince: at("12:00"),
      firstBecause: "the review is tonight",
    },
  ],
])("%s", (sentence, container) => {
  expect(withInstants(placeInWords(container), (date) => date.toISOString().slice(11, 16))).toBe(sentence);
});
