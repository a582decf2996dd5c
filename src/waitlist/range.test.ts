import { expect, test } from "vitest";
import { type Foreseen, type Range, rangeOf, shareHeld } from "./range.ts";

const at = (time: string, day = 27) => new Date(`2026-11-${day}T${time}:00Z`);
const now = at("12:05");
const seen = (more: Partial<Foreseen>): Foreseen => ({
  early: undefined,
  late: undefined,
  isOpenEnded: false,
  promisedBy: undefined,
  ...more,
});

test.each<[string, Foreseen, Range]>([
  [
    "rounded outward to quarter hours",
    seen({ early: at("13:20"), late: at("15:50") }),
    { earliest: at("13:15"), latest: at("16:00") },
  ],
  [
    "to whole hours beyond four",
    seen({ early: at("13:20"), late: at("17:10") }),
    { earliest: at("13:15"), latest: at("18:00") },
  ],
  [
    "on the quarter it stays there",
    seen({ early: at("13:15"), late: at("14:00") }),
    { earliest: at("13:15"), latest: at("14:00") },
  ],
  [
    "the promised: by then at the latest",
    seen({ early: at("13:20"), late: at("20:00"), promisedBy: at("15:15") }),
    { earliest: at("13:15"), latest: at("15:15"), promisedBy: at("15:15") },
  ],
  [
    "a promise whose instant has passed tells no instant any more",
    seen({ early: at("13:20"), promisedBy: at("11:00"), isLate: true }),
    { earliest: at("12:00"), latest: null, because: "As soon as what was promised is free." },
  ],
  [
    "perhaps more than two days",
    seen({ early: at("16:20") }),
    { earliest: at("16:00"), latest: null, because: "It may take more than two days." },
  ],
  [
    "more than two days",
    seen({}),
    { earliest: at("12:00", 29), latest: null, because: "In more than two days." },
  ],
  [
    "an unlimited holder: not before someone stops",
    seen({ isOpenEnded: true }),
    { earliest: at("12:00"), latest: null, because: "Not before someone stops." },
  ],
  [
    "an unlimited holder whom it need not wait for",
    seen({ isOpenEnded: true, early: at("13:20"), late: at("14:20") }),
    { earliest: at("13:15"), latest: at("14:30") },
  ],
])("%s", (_sentence, foreseen, range) => {
  expect(rangeOf(foreseen, now)).toEqual(range);
});

test("all but the 15 % who leave first hold longer than that part of their hours; of fewer than 20 nothing is concluded", () => {
  expect(shareHeld(Array.from({ length: 19 }, () => 1))).toBe(0.3);
  expect(shareHeld(Array.from({ length: 20 }, (_, i) => i / 20))).toBe(0.15);
});
