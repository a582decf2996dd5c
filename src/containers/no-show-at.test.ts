import { expect, test } from "vitest";
import { noShowAt } from "./no-show-at.ts";

const night = { from: "22:00", to: "08:00", moved_to: "09:00" };

test.each([
  ["by day, so many minutes later", "2026-11-27T14:05Z", "2026-11-27T14:35Z"],
  ["in the night, until its owner is up", "2026-11-27T23:00Z", "2026-11-28T08:30Z"],
  ["it would end in the night", "2026-11-27T21:45Z", "2026-11-28T08:30Z"],
  ["its notice would come in the night", "2026-11-28T07:35Z", "2026-11-28T08:30Z"],
  ["both come in the morning", "2026-11-28T07:46Z", "2026-11-28T08:16Z"],
])("%s", (_sentence, now, expected) => {
  const at = noShowAt({ now: new Date(now), minutes: 30, night, timeZone: "UTC", notices: { last_m: 15 } });
  expect(at).toEqual(new Date(expected));
});
