import { describe, expect, test } from "vitest";
import type { Problem } from "../ledger/health-tables.ts";
import { when } from "../sentence.ts";
import { inWords, type Look, type Seen, whatToSay } from "./say.ts";

const now = new Date("2026-11-27T12:00:00Z");
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const day = 24 * 60;
const lost: Seen = { key: "lost GPU-1", text: "GPU 1 vanished.", whenSolved: "GPU 1 is there." };

function known(over: Partial<Problem> = {}): Problem {
  const { key, text, whenSolved } = lost;
  const since = { openedAt: ago(10), saidAt: ago(10) };
  return {
    key,
    text,
    nodeId: null,
    detail: null,
    whenSolved,
    ...since,
    unseenSince: null,
    solvedAt: null,
    ...over,
  };
}

function said(look: Partial<Look>, problem?: Problem): string[] {
  const whole = { seen: [], unknown: [], ...look };
  return whatToSay(whole, problem ? [problem] : [], now).map((one) => one.do);
}

describe("a problem that is seen", () => {
  test.each<[string, Partial<Seen>, Problem | undefined, string[]]>([
    ["for the first time is a new message", {}, undefined, ["open"]],
    ["and was told says nothing", {}, known(), []],
    ["for a day is said again", {}, known({ saidAt: ago(day) }), ["remind"]],
    ["for almost a day is not", {}, known({ saidAt: ago(day - 1) }), []],
    ["for a week, and said an hour ago, is not", {}, known({ openedAt: ago(7 * day), saidAt: ago(60) }), []],
    ["with other words edits its message", { text: "GPU 1 vanished again." }, known(), ["change"]],
    ["with another detail does too", { detail: "ana has it" }, known(), ["change"]],
    ["and was missed for a moment says nothing", {}, known({ unseenSince: ago(2) }), ["trust"]],
    ["soon after it was solved edits its message", {}, known({ solvedAt: ago(59) }), ["reopen"]],
    ["an hour after it was solved is a new message", {}, known({ solvedAt: ago(60) }), ["open"]],
    [
      "hours after it was solved, and is said once a day, edits its message",
      { onceADay: true },
      known({ saidAt: ago(day - 1), solvedAt: ago(600) }),
      ["reopen"],
    ],
    [
      "a day after it was said, and is said once a day, is a new message",
      { onceADay: true },
      known({ saidAt: ago(day), solvedAt: ago(30) }),
      ["open"],
    ],
    ["after the clock was set back says nothing", {}, known({ saidAt: ago(-600) }), []],
  ])("%s", (_sentence, over, problem, expected) => {
    expect(said({ seen: [{ ...lost, ...over }] }, problem)).toEqual(expected);
  });
});

describe("a problem that is not seen", () => {
  test.each<[string, readonly string[], Problem, string[]]>([
    ["may come back", [], known(), ["doubt"]],
    ["for less than five minutes may come back", [], known({ unseenSince: ago(4) }), []],
    ["for five minutes is solved", [], known({ unseenSince: ago(5) }), ["solve"]],
    ["and was solved says nothing", [], known({ solvedAt: ago(500) }), []],
    ["because nobody can tell is not solved", [lost.key], known({ unseenSince: ago(60) }), []],
    [
      "because nobody can tell is said again after a day",
      [lost.key],
      known({ saidAt: ago(day) }),
      ["remind"],
    ],
  ])("%s", (_sentence, unknown, problem, expected) => {
    expect(said({ unknown }, problem)).toEqual(expected);
  });
});

test("one that comes and goes for an hour, faster than it can be solved, is one message", () => {
  let problem: Problem | undefined;
  const all: string[] = [];
  for (let minute = 0; minute < 60; minute++) {
    const at = new Date(now.getTime() + minute * 60_000);
    const isSeen = minute % 5 < 2;
    for (const { do: what } of whatToSay(
      { seen: isSeen ? [lost] : [], unknown: [] },
      problem ? [problem] : [],
      at,
    )) {
      if (what === "open") problem = known({ openedAt: at, saidAt: at });
      if (what === "doubt") problem = { ...problem!, unseenSince: at };
      if (what === "trust") problem = { ...problem!, unseenSince: null };
      if (what !== "doubt" && what !== "trust") all.push(what);
    }
  }
  expect(all).toEqual(["open"]);
});

test("after a day it says since when", () => {
  expect(inWords({ text: "GPU 1 vanished.", openedAt: ago(day) }, now)).toBe(
    `Still so since ${when(ago(day))}: GPU 1 vanished.`,
  );
  expect(inWords({ text: "GPU 1 vanished.", openedAt: ago(day - 1) }, now)).toBe("GPU 1 vanished.");
});
