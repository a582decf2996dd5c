import { expect, test } from "vitest";
import { hourTicks, spanInWords } from "./hour-ticks.ts";

const labels = (from: string, to: string, zone: string) =>
  hourTicks(new Date(from), new Date(to), zone).map(({ label }) => label);

test.each<[string, string[], string[]]>([
  [
    "hours are the reader's own",
    ["2026-11-27T10:10Z", "2026-11-27T13:50Z", "Europe/Berlin"],
    ["12:00", "13:00", "14:00"],
  ],
  [
    "half an hour is written in steps of five minutes",
    ["2026-11-27T10:01Z", "2026-11-27T10:31Z", "Etc/UTC"],
    ["10:05", "10:10", "10:15", "10:20", "10:25", "10:30"],
  ],
  [
    "in a zone that is off by three quarters of an hour its full hours are written",
    ["2026-11-27T10:00Z", "2026-11-27T14:00Z", "Asia/Kathmandu"],
    ["16:00", "17:00", "18:00", "19:00"],
  ],
  [
    "the hour that is there twice is written twice",
    ["2026-10-24T22:00Z", "2026-10-25T03:00Z", "Europe/Berlin"],
    ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00"],
  ],
  [
    "half a day has few hours",
    ["2026-11-27T00:00Z", "2026-11-27T12:00Z", "Etc/UTC"],
    ["00:00", "02:00", "04:00", "06:00", "08:00", "10:00", "12:00"],
  ],
])("%s", (_sentence, [from, to, zone], expected) => {
  expect(labels(from!, to!, zone!)).toEqual(expected);
});

test.each([
  [40, "40 minutes"],
  [61, "61 minutes"],
  [720, "12 hours"],
])("%d minutes are %s", (minutes, words) => {
  expect(spanInWords(new Date(0), new Date(minutes * 60_000))).toBe(words);
});
