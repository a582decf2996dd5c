import { expect, test } from "vitest";
import type { Judgement } from "../idle/judge.ts";
import { type IdleFacts, type IdlePlan, idlePlan } from "./idle-plan.ts";

const at = (time: string) => new Date(`2026-11-27T${time}:00Z`);
const now = at("12:00");

const idle = (since: string, over: Partial<Judgement> = {}) =>
  ({ is: "idle", since: at(since), isReclaimable: true, evidence: {}, ...over }) as Judgement;
const busy: Judgement = { is: "busy", isReclaimable: false, evidence: {} };
const unknown: Judgement = { is: "unknown", isReclaimable: false, evidence: {} };
const mark = (since: string, markedAt: string, endsAt: string, observedAt: string | null = null) => ({
  since: at(since),
  markedAt: at(markedAt),
  endsAt: at(endsAt),
  observedAt: observedAt === null ? null : at(observedAt),
});

const none: IdleFacts = {
  judgement: busy,
  mark: undefined,
  end: undefined,
  idleCapHours: 12,
  isNeeded: false,
  mode: "stop",
};
const marked: Partial<IdleFacts> = {
  judgement: idle("10:50"),
  mark: mark("10:50", "11:50", "22:50"),
  end: { at: at("22:50") },
};
const asked: Partial<IdleFacts> = {
  ...marked,
  mark: mark("10:50", "11:50", "12:55"),
  end: { at: at("12:55") },
};

test.each<[string, Partial<IdleFacts>, IdlePlan]>([
  ["busy, and never was otherwise: nothing", {}, { do: "nothing" }],
  [
    "idle for long: free on demand until its longest idle time is over",
    { judgement: idle("10:50") },
    { do: "mark", since: at("10:50"), endsAt: at("22:50") },
  ],
  [
    "with an hour at least, however long it was idle before",
    { judgement: idle("10:50"), idleCapHours: 1 },
    { do: "mark", since: at("10:50"), endsAt: at("13:00") },
  ],
  [
    "somebody waits for it: an hour",
    { judgement: idle("10:50"), isNeeded: true },
    { do: "mark", since: at("10:50"), endsAt: at("13:00") },
  ],
  ["marked, and all as it was: nothing", marked, { do: "nothing" }],
  [
    "somebody waits for it now: sooner",
    { ...marked, isNeeded: true },
    { do: "move", since: at("10:50"), endsAt: at("13:00") },
  ],
  ["asked already: no later for that", { ...asked, isNeeded: true }, { do: "nothing" }],
  [
    "nobody waits any more: it has its time again",
    asked,
    { do: "move", since: at("10:50"), endsAt: at("22:50") },
  ],
  [
    "a gap moved what is known of it forward: so does its end",
    { ...marked, judgement: idle("11:00") },
    { do: "move", since: at("11:00"), endsAt: at("23:00") },
  ],
  [
    "a device that is idle for eight hours moves it back: what was told stays",
    { ...marked, judgement: idle("04:00") },
    { do: "nothing" },
  ],
  ["used again", { ...marked, judgement: busy }, { do: "unmark", because: "used" }],
  [
    "idle anew, not for long yet: it was used between",
    { ...marked, judgement: idle("11:55", { isReclaimable: false }) },
    { do: "unmark", because: "used" },
  ],
  [
    "kept",
    { ...marked, judgement: idle("10:50", { isReclaimable: false, evidence: { isKept: true } }) },
    { do: "unmark", because: "kept" },
  ],
  [
    "exempt",
    { ...marked, judgement: idle("10:50", { isReclaimable: false, evidence: { isExempt: true } }) },
    { do: "unmark", because: "exempt" },
  ],
  [
    "not known: all stays as it is, and the gate lets nothing pass",
    { ...asked, judgement: unknown },
    { do: "nothing" },
  ],
  [
    "overdue: that is the gate's business",
    { ...marked, mark: mark("10:50", "11:00", "11:55"), end: { at: at("11:55") }, idleCapHours: 1 },
    { do: "nothing" },
  ],
  [
    "stopping begins while it is free on demand: it gets its end, and an hour",
    { ...marked, end: undefined, mark: mark("10:50", "11:50", "11:55"), idleCapHours: 1 },
    { do: "move", since: at("10:50"), endsAt: at("13:00") },
  ],
  ["observed only: an end that was armed goes", { ...marked, mode: "observe" }, { do: "spare" }],
  [
    "observed only: it would have been stopped",
    {
      ...marked,
      end: undefined,
      mark: mark("00:30", "01:30", "11:59"),
      idleCapHours: 1,
      mode: "observe",
      judgement: idle("00:30"),
    },
    { do: "observe" },
  ],
])("%s", (_sentence, over, plan) => {
  const facts = { ...none, ...over };
  expect(idlePlan(facts, now)).toEqual(plan);
});
