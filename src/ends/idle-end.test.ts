import { expect, test } from "vitest";
import { fewestThatServe, idleEndAt, idleEndForWaiters, type Reclaimable } from "./idle-end.ts";

const at = (time: string) => new Date(`2026-11-27T${time}:00Z`);

test.each<[string, string, number, string]>([
  ["while nobody waits it ends when its longest idle time is over", "08:00", 4, "12:00"],
  ["not before the hour that both notices need", "08:00", 1, "10:30"],
  ["nor if it was idle for long already", "01:00", 4, "10:30"],
])("%s", (_sentence, since, idleCapHours, ends) => {
  expect(idleEndAt(at(since), { now: at("09:30"), idleCapHours })).toEqual(at(ends));
});

test("for somebody who waits it ends in an hour", () => {
  expect(idleEndForWaiters(at("09:30"))).toEqual(at("10:30"));
});

type Holding = Reclaimable & { gpus: number };
const holding = (containerId: number, since: string, gpus = 1): Holding => ({
  containerId,
  since: at(since),
  gpus,
});
const needs = (gpus: number) => (chosen: readonly Holding[]) =>
  chosen.reduce((sum, one) => sum + one.gpus, 0) >= gpus;

test.each<[string, Holding[], number, number[]]>([
  ["one GPU is wished for: the longest idle is asked", [holding(1, "08:00"), holding(2, "07:00")], 1, [2]],
  ["and nobody else", [holding(1, "08:00"), holding(2, "07:00"), holding(3, "06:00")], 1, [3]],
  [
    "one with two GPUs rather than two with one, however long they are idle",
    [holding(1, "06:00"), holding(2, "07:00"), holding(3, "08:00", 2)],
    2,
    [3],
  ],
  [
    "of several sets as small that with the longest idle",
    [holding(1, "08:00"), holding(2, "07:00"), holding(3, "06:00")],
    2,
    [3, 2],
  ],
  ["if not even all would do nobody is asked", [holding(1, "08:00"), holding(2, "07:00")], 3, []],
  ["if what is free will do nobody is asked", [holding(1, "08:00")], 0, []],
  ["idle for as long: whoever was there first", [holding(2, "08:00"), holding(1, "08:00")], 1, [1]],
  ["with nobody idle nobody is asked", [], 1, []],
])("%s", (_sentence, reclaimable, gpus, asked) => {
  expect(fewestThatServe(reclaimable, needs(gpus)).map(({ containerId }) => containerId)).toEqual(asked);
});

test("for many GPUs it is no more than are needed, and it is soon known", () => {
  const reclaimable = Array.from({ length: 60 }, (_, i) => holding(i + 1, "08:00"));
  let tried = 0;
  const asked = fewestThatServe(reclaimable, (chosen) => {
    tried += 1;
    return needs(6)(chosen);
  });
  expect(asked.map(({ containerId }) => containerId)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(tried).toBeLessThan(3000);
});
