import { expect, test } from "vitest";
import { Refusal } from "./errors.ts";
import { isAtTimeOfDay, lastMonday, nextTimeOfDay, notAnInstant, readInstant } from "./instant.ts";

const berlin = "Europe/Berlin";
/** A Friday, 15:00 in Berlin. */
const friday = new Date("2026-11-27T14:00:00Z");

const read = (text: string | string[], now = friday, zone = berlin) => {
  const found = readInstant(typeof text === "string" ? text.split(" ") : text, now, zone);
  return found && [found.at.toISOString().replace(":00.000Z", "Z"), found.used];
};

test.each([
  ["18:00", "2026-11-27T17:00Z", 1],
  ["6pm", "2026-11-27T17:00Z", 1],
  ["6:30 pm", "2026-11-27T17:30Z", 2],
  ["today 18:00", "2026-11-27T17:00Z", 2],
  ["today at 18:00", "2026-11-27T17:00Z", 3],
  ["tomorrow 09:00", "2026-11-28T08:00Z", 2],
  ["Tomorrow 9:00", "2026-11-28T08:00Z", 2],
  ["tomorrow 12am", "2026-11-27T23:00Z", 2],
  ["tomorrow 12pm", "2026-11-28T11:00Z", 2],
  ["sat 10:00", "2026-11-28T09:00Z", 2],
  ["thursday 10:00", "2026-12-03T09:00Z", 2],
  ["friday 18:00", "2026-11-27T17:00Z", 2],
  ["friday 09:00", "2026-12-04T08:00Z", 2],
  ["2026-12-01 09:00", "2026-12-01T08:00Z", 2],
  ["2026-12-01T09:00", "2026-12-01T08:00Z", 1],
  ["2026-12-01T09:00Z", "2026-12-01T09:00Z", 1],
  ["2026-12-01T09:00:00.000Z", "2026-12-01T09:00Z", 1],
  ["2026-12-01T09:00+05:30", "2026-12-01T03:30Z", 1],
  ["2026-12-01", "2026-11-30T23:00Z", 1],
  ["in 2 h", "2026-11-27T16:00Z", 3],
  ["in 2h", "2026-11-27T16:00Z", 2],
  ["in 90 min", "2026-11-27T15:30Z", 3],
  ["in 1h30m", "2026-11-27T15:30Z", 2],
  ["in 0.5 hours", "2026-11-27T14:30Z", 3],
  ["in 3 days", "2026-11-30T14:00Z", 3],
])("%s, typed on a Friday at 15:00 in Berlin, is %s", (text, instant, used) => {
  expect(read(text)).toEqual([instant, used]);
});

test.each([
  ["the words behind it are left", "18:00 new disks", ["2026-11-27T17:00Z", 1]],
  ["also where they look like more of it", "in 2 h 4 disks arrive", ["2026-11-27T16:00Z", 3]],
  ["a reason with a date in it", "18:00 2026-12-24 is too late", ["2026-11-27T17:00Z", 1]],
  ["what was quoted as a whole", ["tomorrow 09:00", "new disks"], ["2026-11-28T08:00Z", 1]],
])("the longest way to read it counts: %s", (_sentence, words, found) => {
  expect(read(words)).toEqual(found);
});

test.each([
  ["new disks"],
  ["friday"],
  ["tomorrow new disks"],
  ["18"],
  ["4 disks"],
  ["in the evening"],
  ["mo 09:00"],
  [""],
])("“%s” begins with no instant", (text) => {
  expect(read(text)).toBeUndefined();
});

test.each([
  ["14:00", "“14:00” is over already. For the next day say tomorrow 14:00."],
  ["15:00", "“15:00” is over already. For the next day say tomorrow 15:00."],
  ["9am", "“9am” is over already. For the next day say tomorrow 9am."],
  ["2026-11-26 18:00", "“2026-11-26 18:00” is over already."],
  ["in 0 min", "“in 0 min” is over already."],
  ["25:00", "“25:00” is no time of any day."],
  ["tomorrow 09:75", "“tomorrow 09:75” is no time of any day."],
  ["13pm", "“13pm” is no time of any day."],
  ["2026-02-30 09:00", "“2026-02-30 09:00” is no time of any day."],
  ["2026-12-01 24:10", "“2026-12-01 24:10” is no time of any day."],
  ["2028-01-01 09:00", "“2028-01-01 09:00” is more than a year away."],
  ["in 99999999999 days", "“in 99999999999 days” is"],
])("%s is refused in words", (text, sentence) => {
  const said = () => {
    try {
      return read(text);
    } catch (error) {
      return error instanceof Refusal ? `${error.message} ${error.hint}` : error;
    }
  };
  expect(said()).toContain(sentence);
});

test.each([
  ["an hour that comes twice is the second", "2026-10-25 02:30", "2026-10-25T01:30Z"],
  ["an hour that is left out is the one after it", "2027-03-28 02:30", "2027-03-28T01:30Z"],
  ["before the night it is summer time", "2027-03-28 01:59", "2027-03-28T00:59Z"],
  ["and after it", "2027-03-28 03:00", "2027-03-28T01:00Z"],
])("in the nights when clocks change: %s", (_sentence, text, instant) => {
  expect(read(text, new Date("2026-10-01T12:00:00Z"))).toEqual([instant, 2]);
});

test.each([
  ["tomorrow's, in the evening", "2026-11-27T22:30Z", "Europe/Berlin", "2026-11-28T08:00Z"],
  ["today's, before dawn", "2026-11-28T01:00Z", "Europe/Berlin", "2026-11-28T08:00Z"],
  ["the next one, on the minute", "2026-11-28T08:00Z", "Europe/Berlin", "2026-11-29T08:00Z"],
  ["of that place", "2026-11-27T22:30Z", "Asia/Tokyo", "2026-11-28T00:00Z"],
  ["after a night of 25 hours", "2026-10-24T22:30Z", "Europe/Berlin", "2026-10-25T08:00Z"],
  ["after a night of 23 hours", "2027-03-27T22:30Z", "Europe/Berlin", "2027-03-28T07:00Z"],
])("nine in the morning is %s", (_sentence, after, zone, expected) => {
  const at = nextTimeOfDay(new Date(after), "09:00", zone);
  expect(at).toEqual(new Date(expected));
});

test.each([
  ["22:00", "08:00", "2026-11-27T20:59Z", false],
  ["22:00", "08:00", "2026-11-27T21:00Z", true],
  ["22:00", "08:00", "2026-11-28T06:59Z", true],
  ["22:00", "08:00", "2026-11-28T07:00Z", false],
  ["01:00", "06:00", "2026-11-28T00:30Z", true],
  ["01:00", "06:00", "2026-11-27T23:30Z", false],
  ["00:00", "00:00", "2026-11-27T23:00Z", false],
])("from %s to %s, %s in Berlin: %s", (from, to, at, expected) => {
  expect(isAtTimeOfDay(new Date(at), { from, to }, "Europe/Berlin")).toBe(expected);
});

test("tomorrow is a day of the calendar, also where that has 23 or 25 hours", () => {
  expect(read("tomorrow 12:00", new Date("2026-10-24T10:00:00Z"))).toEqual(["2026-10-25T11:00Z", 2]);
  expect(read("tomorrow 12:00", new Date("2027-03-27T11:00:00Z"))).toEqual(["2027-03-28T10:00Z", 2]);
});

test("hours that pass are hours, whatever the clocks on the walls do", () => {
  expect(read("in 24 h", new Date("2026-10-24T10:00:00Z"))).toEqual(["2026-10-25T10:00Z", 3]);
});

test.each([
  ["America/Los_Angeles", "2026-11-28T02:00Z"],
  ["Asia/Kolkata", "2026-11-28T12:30Z"],
  ["Nowhere/Atlantis", "2026-11-27T18:00Z"],
])("18:00 is what the clock on the wall shows in %s", (zone, instant) => {
  const words = zone === "Asia/Kolkata" ? "tomorrow 18:00" : "18:00";
  expect(read(words, friday, zone)?.[0]).toBe(instant);
});

test("the decision is the same wherever the machine stands", () => {
  const before = process.env.TZ;
  const seen = ["Europe/Berlin", "America/Los_Angeles", "UTC"].map((zone) => {
    process.env.TZ = zone;
    return read("tomorrow 02:30", new Date("2026-10-24T12:00:00Z"));
  });
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
  expect(new Set(seen.map(String)).size).toBe(1);
});

test("what should have been an instant is said with examples", () => {
  expect(notAnInstant(["teatime", "disks"]).message).toBe("“teatime disks” is not a time I can read.");
  expect(notAnInstant([]).message).toBe("The time is missing.");
});

test.each([
  ["on a Friday", "2026-11-27T14:00:00Z", berlin, "2026-11-23T08:00:00.000Z"],
  ["on that Monday at nine", "2026-11-23T08:00:00Z", berlin, "2026-11-23T08:00:00.000Z"],
  ["a moment before it is a week ago", "2026-11-23T07:59:59Z", berlin, "2026-11-16T08:00:00.000Z"],
  ["on a Sunday", "2026-11-29T22:59:00Z", berlin, "2026-11-23T08:00:00.000Z"],
  ["Monday there, Sunday in UTC", "2026-11-22T23:30:00Z", "Asia/Tokyo", "2026-11-16T00:00:00.000Z"],
  ["the clocks were set in between", "2026-10-25T12:00:00Z", berlin, "2026-10-19T07:00:00.000Z"],
  ["in a zone that nobody knows", "2026-11-27T14:00:00Z", "Mars/Olympus", "2026-11-23T09:00:00.000Z"],
])("the last Monday at nine: %s", (_sentence, now, zone, monday) => {
  expect(lastMonday(new Date(now), 9, zone).toISOString()).toBe(monday);
});
