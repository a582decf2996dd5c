import { expect, test } from "vitest";
import type { Holder } from "../ledger/queries/holders.ts";
import { dueAt, leavesBy, leavesEarly } from "./leave.ts";

const at = (time: string) => new Date(`2026-11-27T${time}:00Z`);
const now = at("12:00");

const holder = (more: Partial<Holder> = {}): Holder => ({
  containerId: 1,
  memberId: 1,
  nodeId: "gpu1",
  state: "running",
  stateSince: at("10:00"),
  wanted: "running",
  wantedBy: "owner",
  hours: 8,
  grantedAt: at("10:00"),
  endsAt: at("18:00"),
  gpuKeptUntil: null,
  devices: [],
  gpuEquivalents: 1,
  memoryGiB: 32,
  adminEndsAt: null,
  isExempt: false,
  ...more,
});

const kept = {
  state: "stopped",
  wanted: "stopped",
  stateSince: at("11:55"),
  gpuKeptUntil: at("12:10"),
} as const;

test.each<[string, Holder, string | null, string | null]>([
  ["a running one leaves at its end", holder(), "18:00", "18:00"],
  [
    "one that starts has its hours still before it, and its start",
    holder({ state: "starting", stateSince: at("11:50"), endsAt: null }),
    "20:05",
    "20:05",
  ],
  ["one that starts again has the end it had", holder({ state: "starting" }), "18:00", "18:00"],
  ["one without an end: nobody can say", holder({ endsAt: null }), null, null],
  ["one that is spared its end: nobody can say", holder({ endsAt: null, isExempt: true }), null, null],
  [
    "one that is spared its end while it starts: nobody can say",
    holder({ state: "starting", endsAt: null, isExempt: true }),
    null,
    null,
  ],
  [
    "one that is spared its end and that an admin ends all the same",
    holder({ adminEndsAt: at("13:00"), isExempt: true }),
    "13:00",
    "13:00",
  ],
  [
    "one that an admin ends before its hours are over",
    holder({ adminEndsAt: at("13:00") }),
    "13:00",
    "13:00",
  ],
  [
    "one that starts, and that an admin ends when its hours will be over for long",
    holder({ state: "starting", stateSince: at("11:50"), endsAt: null, adminEndsAt: at("23:00") }),
    "20:05",
    "20:05",
  ],
  [
    "one that is overdue has the 15 minutes of its last notice",
    holder({ endsAt: at("11:50") }),
    "11:50",
    "12:15",
  ],
  ["one that is overdue for long: nobody can say", holder({ endsAt: at("11:20") }), "11:20", null],
  [
    "a stopped one whose GPU is kept may run again and stay to its end",
    holder({ ...kept }),
    "18:00",
    "18:00",
  ],
  [
    "a stopped one whose GPU is kept past its end leaves when that is over",
    holder({ ...kept, endsAt: at("11:00") }),
    "12:10",
    "12:10",
  ],
  [
    "a stopped one whose keep time is over leaves now",
    holder({ ...kept, gpuKeptUntil: at("11:59") }),
    "12:00",
    "12:00",
  ],
  [
    "one that its owner stops may come back within the keep time",
    holder({ state: "stopping", wanted: "stopped" }),
    "18:00",
    "18:00",
  ],
  [
    "one that is stopped by an end leaves now",
    holder({ state: "stopping", wanted: "stopped", wantedBy: "admin" }),
    "12:00",
    "12:00",
  ],
  [
    "one that stops to go on with fewer leaves now",
    holder({ state: "stopping", wanted: "running" }),
    "12:00",
    "12:00",
  ],
  ["one that is being retired leaves now", holder({ wanted: "retired" }), "12:00", "12:00"],
])("%s", (_sentence, one, due, by) => {
  expect(dueAt(one, now)).toEqual(due && at(due));
  expect(leavesBy(one, now)).toEqual(by && at(by));
});

test.each<[string, Holder, number, string | null]>([
  ["after its share of the hours", holder(), 0.5, "14:00"],
  ["who stayed longer than that leaves now", holder(), 0.1, "12:00"],
  ["never after its end", holder({ endsAt: at("13:00") }), 0.9, "13:00"],
  ["a stopped one does not come back", holder({ ...kept }), 0.5, "12:10"],
  ["without an end nobody can say", holder({ endsAt: null }), 0.5, null],
])("early: %s", (_sentence, one, share, leaves) => {
  expect(leavesEarly(one, now, share)).toEqual(leaves && at(leaves));
});
