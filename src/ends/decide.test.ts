import { expect, test } from "vitest";
import type { End, Notice } from "../ledger/end-tables.ts";
import type { Exemption } from "../ledger/limit-tables.ts";
import { type Decision, decide, type Ending } from "./decide.ts";
import { comesAt } from "./ladder.ts";
import type { Reach } from "./reach.ts";

/** Minutes from 12:00, when the end is, unless a case says otherwise. */
const m = (minutes: number) => new Date(Date.UTC(2026, 10, 27, 12) + minutes * 60_000);

const end = (over: Partial<End> = {}): End => ({
  id: 1,
  containerId: 1,
  run: 1,
  reason: "end",
  at: m(0),
  state: "armed",
  because: "Its 8 hours are over.",
  evidence: {},
  actor: "berth",
  armedAt: m(-480),
  closedAt: null,
  ...over,
});
const first = (accepted: number | null = -60): Notice => notice("first", 1, -60, accepted);
const last = (accepted: number | null = -15, attempt = 1, written = accepted ?? -15): Notice =>
  notice("last", attempt, written, accepted);
function notice(step: Notice["step"], attempt: number, written: number, accepted: number | null): Notice {
  const acceptedAt = accepted === null ? null : m(accepted);
  return {
    id: attempt,
    endId: 1,
    step,
    attempt,
    writtenAt: m(written),
    acceptedAt,
    recipient: null,
    channel: null,
    ts: null,
  };
}
const exempt = (until: number, over: Partial<Exemption> = {}): Exemption => ({
  id: 7,
  memberId: 1,
  containerId: null,
  spares: "end",
  until: m(until),
  reason: "a deadline",
  setBy: "member:2",
  setAt: m(-600),
  endedAt: null,
  ...over,
});
const up: Reach = {
  activeSince: m(-2000),
  connectedSince: m(-1999),
  gaps: [{ from: m(-2000), until: m(-1999) }],
  clockJumpedAt: undefined,
};
const away = (from: number, until?: number): Partial<Reach> => ({
  connectedSince: until === undefined ? undefined : m(until),
  gaps: [{ from: m(from), until: until === undefined ? undefined : m(until) }],
});

const night = { from: "22:00", to: "08:00", moved_to: "09:00" };

type Given = Partial<Omit<Ending, "container">> & {
  now: number;
  reach?: Partial<Reach>;
  container?: Partial<Ending["container"]>;
};

function decided({
  now,
  reach,
  container,
  ends = [end()],
  told = [],
  exemptions = [],
  ...rest
}: Given): string {
  const ending: Ending = {
    container: { id: 1, state: "running", wanted: "running", ...container },
    ends,
    told,
    exemptions,
    timeZone: "UTC",
    ...rest,
  };
  return inWords(
    decide(ending, {
      now: m(now),
      reach: { ...up, ...reach },
      notices: { first_m: 60, last_m: 15, remove_first_h: 24 },
      night,
    }),
  );
}

function inWords(decision: Decision): string {
  const at = (instant: Date | undefined) =>
    instant ? `${(instant.getTime() - m(0).getTime()) / 60_000}` : "never";
  switch (decision.do) {
    case "close":
      return "close";
    case "move":
      return `move to ${at(decision.spared.to)}`;
    case "put-off":
      return `put off to ${at(decision.to)}`;
    case "tell":
      return `tell ${decision.step.step} ${decision.step.attempt}`;
    case "stop":
      return `stop by ${decision.end.reason}`;
    case "hold":
      return `hold: ${decision.verdict.held}`;
    case "wait":
      return `wait until ${at(decision.next)}`;
  }
}

const admin = (at: number) => end({ id: 2, reason: "admin", at: m(at) });

const sentences: [string, Given, string][] = [
  // The ladder.
  ["nothing is told more than an hour before", { now: -61 }, "wait until -60"],
  ["the first notice is due 60 minutes before", { now: -60 }, "tell first 1"],
  ["it is told once", { now: -59, told: [first()] }, "wait until -15"],
  ["late, the first is told at once", { now: -30 }, "tell first 1"],
  ["the last notice is due 15 minutes before", { now: -15, told: [first()] }, "tell last 1"],
  ["where both would be due, the last alone", { now: -10 }, "tell last 1"],
  ["a last notice that is on its way is not written again", { now: -9, told: [last(null)] }, "wait until 0"],
  ["none is written while Slack is away", { now: -60, reach: away(-61) }, "wait until -15"],
  [
    "after Slack was away for a while the last is told once more",
    { now: -5, told: [last()], reach: away(-12, -6) },
    "tell last 2",
  ],
  [
    "after the bot came back the last is told once more",
    { now: -5, told: [last()], reach: { activeSince: m(-6) } },
    "tell last 2",
  ],
  [
    "however often it comes and goes, not within 5 minutes",
    { now: -11, told: [last()], reach: { activeSince: m(-12) } },
    "wait until -10",
  ],
  [
    "a refresh of 2 seconds costs no other notice",
    { now: -5, told: [last()], reach: away(-6, -5.97) },
    "wait until 0",
  ],
  // Ends do not combine.
  ["the earliest is the one noticed", { now: -100, ends: [admin(-50), end()] }, "tell first 1"],
  [
    "the later one is not noticed meanwhile",
    { now: -15, ends: [admin(-5), end()], told: [last(-19)] },
    "wait until -14",
  ],
  ["a moved end has a ladder of its own", { now: 0, ends: [end({ at: m(60) })] }, "tell first 1"],
  // The gate.
  ["it comes at its instant", { now: 0, told: [last()] }, "stop by end"],
  ["not before", { now: -0.01, told: [last()] }, "wait until 0"],
  ["so does an admin's", { now: 0, ends: [admin(0)], told: [last()] }, "stop by admin"],
  [
    "15 minutes after the receipt, not after it was written",
    { now: 0, told: [last(-3, 1, -15)] },
    "wait until 12",
  ],
  ["and then it comes", { now: 12, told: [last(-3, 1, -15)] }, "stop by end"],
  ["without a receipt it never comes", { now: 9000, told: [last(null)] }, "hold: no-receipt"],
  ["a first notice is no last one", { now: 0, told: [first()] }, "tell last 1"],
  ["Slack connected now, or nothing", { now: 5, told: [last()], reach: away(4.9) }, "hold: slack-is-away"],
  [
    "just back after a refresh: a lost press can be repeated first",
    { now: 0, told: [last()], reach: away(-1.02, -1) },
    "hold: slack-just-came-back",
  ],
  ["two minutes later it comes", { now: 1, told: [last()], reach: away(-1.02, -1) }, "stop by end"],
  [
    "after six hours without Slack, first the last notice",
    { now: 360, reach: away(-30, 360) },
    "tell last 1",
  ],
  ["and then 15 minutes", { now: 374.9, told: [last(360)], reach: away(-30, 360) }, "hold: unsettled"],
  ["and then it comes after all", { now: 375, told: [last(360)], reach: away(-30, 360) }, "stop by end"],
  [
    "a bot that just started stops nothing",
    { now: 1, told: [last(-5)], reach: { activeSince: m(-6) } },
    "hold: unsettled",
  ],
  ["nor after a clock jump", { now: 1, told: [last()], reach: { clockJumpedAt: m(-1) } }, "hold: unsettled"],
  // What is so now.
  [
    "stopped meanwhile, there is nothing to end",
    { now: 0, container: { state: "stopped", wanted: "stopped" } },
    "close",
  ],
  ["to be stopped already: the same", { now: 0, container: { wanted: "stopped" } }, "close"],
  [
    "one that is started again keeps its end",
    { now: 0, told: [last()], container: { state: "starting" } },
    "stop by end",
  ],
  // Exemptions.
  [
    "exempt beyond its end, it ends when that does",
    { now: -400, exemptions: [exempt(5000)] },
    "move to 5000",
  ],
  ["also in the last moment", { now: 0, told: [last()], exemptions: [exempt(5000)] }, "move to 5000"],
  ["the longest counts", { now: 0, exemptions: [exempt(50), exempt(90, { id: 8 })] }, "move to 90"],
  ["one that ends before changes nothing", { now: -100, exemptions: [exempt(-10)] }, "wait until -60"],
  [
    "one from idleness spares no end",
    { now: 0, told: [last()], exemptions: [exempt(50, { spares: "idle" })] },
    "stop by end",
  ],
  [
    "an admin's end is not spared",
    { now: 0, ends: [admin(0)], told: [last()], exemptions: [exempt(50)] },
    "stop by admin",
  ],
  [
    "taken back, its hours count again, with the time of both notices",
    { now: 100, ends: [end({ at: m(5000), evidence: { exemptionId: 7, movedFrom: m(0).toISOString() } })] },
    "move to 160",
  ],
  [
    "over, it ends with notices as any other",
    {
      now: 4940,
      ends: [end({ at: m(5000), evidence: { exemptionId: 7, movedFrom: m(0).toISOString() } })],
      exemptions: [exempt(5000)],
    },
    "tell first 1",
  ],
  // The night. In Tokyo it is 21:00, in Berlin 13:00.
  [
    "its owner sleeps when its first notice is due: it is put off until the morning",
    { now: -60, ends: [end({ at: m(90) })], timeZone: "Asia/Tokyo", isWaitedFor: false },
    "wait until 30",
  ],
  [
    "decided when the notice would be due, not before",
    { now: 30, ends: [end({ at: m(90) })], timeZone: "Asia/Tokyo", isWaitedFor: false },
    "put off to 720",
  ],
  [
    "somebody waits for what it holds: told, and over, at night",
    { now: 30, ends: [end({ at: m(90) })], timeZone: "Asia/Tokyo", isWaitedFor: true },
    "tell first 1",
  ],
  [
    "where nobody looked whether somebody waits, nothing is put off",
    { now: 30, ends: [end({ at: m(90) })], timeZone: "Asia/Tokyo" },
    "tell first 1",
  ],
  [
    "what was told already comes",
    { now: 75, ends: [end({ at: m(90) })], told: [first(30)], timeZone: "Asia/Tokyo", isWaitedFor: false },
    "tell last 1",
  ],
];

test.each(sentences)("%s", (_sentence, given, expected) => {
  expect(decided(given)).toBe(expected);
});

test("whichever way it is judged, the numbers are what the event says", () => {
  const decision = decide(
    {
      container: { id: 1, state: "running", wanted: "running" },
      ends: [end()],
      told: [last()],
      exemptions: [],
      timeZone: "UTC",
    },
    { now: m(0), reach: up, notices: { first_m: 60, last_m: 15, remove_first_h: 24 }, night },
  );
  expect(decision).toMatchObject({
    do: "stop",
    verdict: {
      evidence: {
        reason: "end",
        at: m(0),
        lastNotice: { acceptedAt: m(-15), attempt: 1 },
        minutesBetween: 15,
      },
    },
  });
});

test.each([
  ["told in time, it comes when it was to", -15, 0],
  ["told late, 15 minutes after that", -3, 12],
  ["after six hours without Slack the same", 360, 375],
])("what a notice says: %s", (_sentence, told, expected) => {
  expect(comesAt(end(), m(told), { first_m: 60, last_m: 15 })).toEqual(m(expected));
});
