import { expect, test } from "vitest";
import type { Device, Wish } from "../ledger/schema.ts";
import { type Smaller, smallerThings } from "./smaller.ts";
import { wishInWords } from "./wish.ts";

const now = new Date("2026-11-27T10:00:00Z");
const slice = (profile: string, weight: number) =>
  ({ sliceIndex: 0, profile, weight, memoryMiB: weight * 40_960 }) as Device;
const free = [slice("1g.5gb", 1 / 7), slice("3g.20gb", 3 / 7)];
const gpus = (count: number, more: { model?: string } = {}): Wish => ({ kind: "gpu", count, ...more });
const inWords = ({ wish, hours }: Smaller) => `${wishInWords(wish)}, ${hours} h`;

type Case = {
  asked: Wish;
  hours?: number;
  promisedAt?: string;
  /** What the line would give now. */
  gives: (choice: Smaller) => boolean;
  free?: Device[];
  offers: string[];
};
const upTo = (most: number) => (choice: Smaller) =>
  choice.wish.kind === "gpu" ? choice.wish.count <= most : choice.wish.kind === "cpu";
const always = () => true;

test.each<[string, Case]>([
  [
    "as many GPUs as are free, then no GPU",
    { asked: gpus(4), gives: upTo(2), offers: ["2 GPUs, 8 h", "no GPU, 8 h"] },
  ],
  [
    "of the model that was asked for",
    { asked: gpus(2, { model: "A100" }), gives: upTo(1), offers: ["1 A100 GPU, 8 h", "no GPU, 8 h"] },
  ],
  ["two things at most", { asked: gpus(4), gives: always, offers: ["3 GPUs, 8 h", "a 3g.20gb slice, 8 h"] }],
  [
    "the largest slice that could start, then no GPU",
    {
      asked: gpus(1),
      gives: ({ wish }) => wish.kind !== "gpu",
      offers: ["a 3g.20gb slice, 8 h", "no GPU, 8 h"],
    },
  ],
  [
    "another slice than the one that is not free",
    {
      asked: { kind: "mig", profile: "3g.20gb" },
      gives: always,
      offers: ["a 1g.5gb slice, 8 h", "no GPU, 8 h"],
    },
  ],
  [
    "the same until the hour that is promised to another comes before fewer GPUs",
    {
      asked: gpus(2),
      hours: 24,
      promisedAt: "2026-11-27T18:00:00Z",
      gives: ({ wish, hours }) => hours <= 7.75 || (wish.kind === "gpu" && wish.count === 1),
      offers: ["2 GPUs, 7.75 h", "1 GPU, 24 h"],
    },
  ],
  [
    "fewer GPUs also only until that hour, if they are the promised ones",
    {
      asked: gpus(2),
      hours: 24,
      promisedAt: "2026-11-27T18:00:00Z",
      free: [],
      gives: ({ wish, hours }) => wish.kind === "gpu" && wish.count === 1 && hours < 8,
      offers: ["1 GPU, 7.75 h"],
    },
  ],
  [
    "an hour that would be no shorter, or is nearly over, is none",
    {
      asked: gpus(1),
      hours: 8,
      promisedAt: "2026-11-27T10:20:00Z",
      free: [],
      gives: upTo(1),
      offers: ["no GPU, 8 h"],
    },
  ],
  ["nothing that the line would not give", { asked: gpus(4), gives: () => false, offers: [] }],
  ["nothing is smaller than no GPU", { asked: { kind: "cpu" }, gives: always, offers: [] }],
  [
    "what can be only where it was made",
    { asked: { ...gpus(2), exactly: ["GPU-0", "GPU-1"] }, gives: always, offers: [] },
  ],
])("%s", (_sentence, given) => {
  const { asked, hours = 8, promisedAt, gives, offers } = given;
  const there = { free: given.free ?? free, promisedAt: promisedAt ? new Date(promisedAt) : undefined, now };
  const things = smallerThings({ wish: asked, hours, engineId: null }, there, gives);
  expect(things.map(inWords)).toEqual(offers);
});

test("a container that the engine has is not made smaller", () => {
  const made = { wish: gpus(2), hours: 8, engineId: "abc" };
  expect(smallerThings(made, { free, promisedAt: undefined, now }, always)).toEqual([]);
});
