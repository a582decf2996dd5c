import { expect, test } from "vitest";
import { createHeldEdits } from "./held-edits.ts";
import { createUpdateBudget } from "./update-budget.ts";

function spent() {
  let ms = 0;
  const budget = createUpdateBudget({ monotonicMs: () => ms });
  while (budget.take("state"));
  const held = createHeldEdits(budget);
  const released = () => {
    const before = held.ids();
    held.release();
    const left = held.ids();
    return before.filter((id) => !left.includes(id));
  };
  return { held, budget, released, pass: (edits: number) => (ms += edits * 1_500) };
}

test("while there is no edit none goes, and it says when", () => {
  const { held, released, pass } = spent();
  expect(held.waitMs()).toBeUndefined();
  held.hold(7, "state");
  expect(released()).toEqual([]);
  expect(held.waitMs()).toBe(1_500);
  pass(1);
  expect(held.waitMs()).toBe(0);
  expect(released()).toEqual([7]);
  expect(held.waitMs()).toBeUndefined();
});

test("as many go as there are edits, the oldest first, however they came", () => {
  const { held, released, pass } = spent();
  for (const id of [12, 3, 8]) held.hold(id, "state");
  pass(2);
  expect(released()).toEqual([3, 8]);
  expect(held.ids()).toEqual([12]);
});

test("a change of state goes before the last word on what is passed, which leaves some for changes of state", () => {
  const { held, released, pass } = spent();
  held.hold(1, "passed");
  held.hold(2, "passed");
  held.hold(3, "state");
  pass(3);
  expect(released()).toEqual([3]);
  expect(released()).toEqual([1]);
  pass(1);
  expect(released()).toEqual([2]);
});
