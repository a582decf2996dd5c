import { expect, test } from "vitest";
import { dayHeading, instantOf, wallTime, wordedDate } from "./times.js";

const berlin = "Europe/Berlin";
// 2026-03-28 21:05 in Berlin, the evening before its clocks go forward.
const evening = Date.UTC(2026, 2, 28, 20, 5) / 1000;
const day = 86_400;

test.each([
  ["{date_num}", "2026-03-28"],
  ["{date_slash}", "03/28/2026"],
  ["{date}", "March 28th, 2026"],
  ["{date_short}", "Mar 28, 2026"],
  ["{date_long}", "Saturday, March 28th, 2026"],
  ["{date_short_pretty}!", "today!"],
  ["{ago}", "2 hours ago"],
  ["{nonsense}", "{nonsense}"],
])("%s is %s", (format, worded) => {
  expect(wordedDate(evening, format, "then", berlin, evening + 2 * 3600)).toBe(worded);
});

test("the day is the reader's", () => {
  const late = evening + 3 * 3600;
  expect(wordedDate(late, "{date_num}", "then", berlin, late)).toBe("2026-03-29");
  expect(wordedDate(late, "{date_num}", "then", "America/New_York", late)).toBe("2026-03-28");
});

test("near days have names, also over a change of the clocks", () => {
  expect(dayHeading(evening, berlin, evening)).toBe("Today");
  expect(dayHeading(evening, berlin, evening + day)).toBe("Yesterday");
  expect(dayHeading(evening + day, berlin, evening)).toBe("Tomorrow");
  expect(dayHeading(evening, berlin, evening + 2 * day)).toBe("Saturday, March 28th");
});

test("an instant that is none gives the fallback, an unknown zone the machine's", () => {
  expect(wordedDate(Number.NaN, "{date}", "then", berlin, evening)).toBe("then");
  expect(wordedDate(evening, "{date_num}", "then", "Moon/Crater", evening)).toMatch(/^2026-03-2[89]$/);
});

test("a wall clock's time and its instant lead to each other", () => {
  for (const instant of [evening, evening + 6 * 3600, evening + 200 * day])
    expect(instantOf(wallTime(instant, berlin), berlin)).toBe(instant);
});
