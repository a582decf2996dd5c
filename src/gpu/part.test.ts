import { expect, test } from "vitest";
import { formOf, partOfSlice, partOfWhole } from "./part.ts";

test("the whole is eight units, or everything where no place is known", () => {
  expect(partOfWhole("units")).toBe("[0,8)");
  expect(partOfWhole("instances")).toBe("(,)");
});

test.each([
  ["a slice is its own sub-range", "units", { gpuInstanceId: 2, placement: { start: 4, size: 4 } }, "[4,8)"],
  ["without a place nothing is said", "units", { gpuInstanceId: 2, placement: undefined }, undefined],
  [
    "by instance every number is a range of its own",
    "instances",
    { gpuInstanceId: 2, placement: undefined },
    "[116,124)",
  ],
  [
    "and the next one begins where it ends",
    "instances",
    { gpuInstanceId: 3, placement: undefined },
    "[124,132)",
  ],
  [
    "a compute instance is its part of the slice",
    "units",
    { gpuInstanceId: 2, placement: { start: 4, size: 4 }, within: { start: 1, size: 2 } },
    "[5,7)",
  ],
  [
    "by instance too",
    "instances",
    { gpuInstanceId: 2, placement: undefined, within: { start: 1, size: 2 } },
    "[117,119)",
  ],
] as const)("%s", (_sentence, form, slice, part) => {
  expect(partOfSlice(form, slice)).toBe(part);
});

test.each([
  ["outside of the GPU", { start: 6, size: 4 }],
  ["before it", { start: -1, size: 2 }],
  ["of no size", { start: 2, size: 0 }],
])("a placement %s is an error, never a range", (_where, placement) => {
  expect(() => partOfSlice("units", { gpuInstanceId: 1, placement })).toThrow(/would lie at/);
});

test.each([
  [["[0,8)"], "units"],
  [["[4,8)", "[0,2)"], "units"],
  [["(,)"], "instances"],
  [["[116,124)"], "instances"],
  [[], undefined],
] as const)("the form of %j is %s", (parts, form) => {
  expect(formOf(parts)).toBe(form);
});
