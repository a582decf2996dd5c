import { expect, test } from "vitest";
import type { End } from "../ledger/end-tables.ts";
import { outOfNight } from "./night.ts";

const night = { from: "22:00", to: "08:00", moved_to: "09:00" };

type Given = {
  at: string;
  timeZone?: string;
  reason?: End["reason"];
  evidence?: End["evidence"];
  isWaitedFor?: boolean;
  first_m?: number;
  now?: string;
  over?: Partial<typeof night>;
};

test.each<[string, Given, string | undefined]>([
  ["by day it stays", { at: "2026-11-27T14:00Z" }, undefined],
  ["in the evening it goes to the morning", { at: "2026-11-27T22:30Z" }, "2026-11-28T09:00Z"],
  ["after midnight, to the same morning", { at: "2026-11-28T03:00Z" }, "2026-11-28T09:00Z"],
  ["its first notice would come at night", { at: "2026-11-28T08:30Z" }, "2026-11-28T09:00Z"],
  ["its last notice would come at night", { at: "2026-11-27T22:10Z" }, "2026-11-28T09:00Z"],
  ["both come by day", { at: "2026-11-27T21:59Z" }, undefined],
  ["at nine it is where it would go", { at: "2026-11-28T09:00Z" }, undefined],
  [
    "a notice long before, at night, puts nothing off that ends by day",
    { at: "2026-11-28T12:00Z", first_m: 300 },
    undefined,
  ],
  [
    "of its owner, wherever the server stands",
    { at: "2026-11-27T15:00Z", timeZone: "Asia/Tokyo" },
    "2026-11-28T00:00Z",
  ],
  ["for idleness too", { at: "2026-11-28T03:00Z", reason: "idle" }, "2026-11-28T09:00Z"],
  [
    "not where somebody is to be served with it",
    { at: "2026-11-28T03:00Z", reason: "idle", evidence: { servedBy: [7] } },
    undefined,
  ],
  [
    "a removal, whose first notice comes a day before",
    { at: "2026-11-28T03:00Z", reason: "remove", first_m: 24 * 60, now: "2026-11-27T03:00Z" },
    "2026-11-28T09:00Z",
  ],
  ["somebody waits for what it holds", { at: "2026-11-28T03:00Z", isWaitedFor: true }, undefined],
  ["what an admin said stays", { at: "2026-11-28T03:00Z", reason: "admin" }, undefined],
  ["nobody came: that has a night of its own", { at: "2026-11-28T03:00Z", reason: "no-show" }, undefined],
  ["once", { at: "2026-11-28T03:00Z", evidence: { putOffAtNight: night } }, undefined],
  ["the morning is over", { at: "2026-11-28T03:00Z", now: "2026-11-28T10:00Z" }, undefined],
  [
    "from one time to itself there is no night",
    { at: "2026-11-28T03:00Z", over: { from: "08:00" } },
    undefined,
  ],
  [
    "through the night in which summer time ends",
    { at: "2026-10-25T01:30Z", timeZone: "Europe/Berlin", now: "2026-10-25T00:30Z" },
    "2026-10-25T08:00Z",
  ],
  [
    "and through the one in which it begins",
    { at: "2027-03-28T01:30Z", timeZone: "Europe/Berlin", now: "2027-03-28T00:30Z" },
    "2027-03-28T07:00Z",
  ],
])("%s", (_sentence, given, expected) => {
  const { at, reason = "end", evidence = {}, timeZone = "UTC", isWaitedFor = false, first_m = 60 } = given;
  const first = new Date(new Date(at).getTime() - first_m * 60_000);
  const to = outOfNight(
    { reason, at: new Date(at), evidence },
    {
      night: { ...night, ...given.over },
      timeZone,
      isWaitedFor,
      now: given.now ? new Date(given.now) : first,
      notices: { first_m, last_m: 15 },
    },
  );
  expect(to).toEqual(expected && new Date(expected));
});
