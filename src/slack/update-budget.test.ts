import { expect, test } from "vitest";
import { createUpdateBudget, type Worth } from "./update-budget.ts";

function budget() {
  let ms = 0;
  const made = createUpdateBudget({ monotonicMs: () => ms });
  const takeAll = (worth: Worth) => {
    let n = 0;
    while (made.take(worth)) n++;
    return n;
  };
  return { ...made, takeAll, pass: (seconds: number) => (ms += seconds * 1000) };
}

test("ten at once, and no more after a long pause either", () => {
  const { takeAll, pass } = budget();
  expect(takeAll("state")).toBe(10);
  pass(3600);
  expect(takeAll("state")).toBe(10);
});

test("then forty a minute", () => {
  const { takeAll, pass } = budget();
  takeAll("state");
  let taken = 0;
  for (let second = 0; second < 60; second++) {
    pass(1);
    taken += takeAll("state");
  }
  expect(taken).toBe(40);
});

test("progress leaves some for the board, the board leaves some for changes of state", () => {
  const { takeAll } = budget();
  expect(takeAll("progress")).toBe(5);
  expect(takeAll("board")).toBe(2);
  expect(takeAll("state")).toBe(3);
});

test("it says how long to wait, and that is enough", () => {
  const { takeAll, take, waitMs, pass } = budget();
  takeAll("state");
  const wait = waitMs("state");
  expect(take("state")).toBe(false);
  pass(wait / 1000);
  expect(take("state")).toBe(true);
});
