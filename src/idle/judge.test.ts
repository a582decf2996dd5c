import { expect, test } from "vitest";
import { type Facts, judge, judgedMinutes } from "./judge.ts";
import type { Minute } from "./minute.ts";

const now = new Date("2026-11-27T12:00:40Z");
const over = new Date("2026-11-27T12:00:00Z").getTime();
const before = (minutes: number) => new Date(over - minutes * 60_000);

const facts: Facts = {
  now,
  startedAt: before(600),
  idleTimeoutHours: 1,
  keptAt: undefined,
  isExempt: false,
  isSettled: true,
};

const resting = { id: "GPU-0", sign: "idle" as const, usePercent: 0, memoryMiB: 30_720 };
const rest: Omit<Minute, "at"> = {
  devices: [resting],
  cpuSeconds: 0,
  bytes: 0,
  memoryMiB: 2048,
  hasInput: false,
  failed: [],
  isSevered: false,
};
const work = { devices: [{ ...resting, sign: "active" as const }] };
const cpuOnly = { cpuSeconds: 60 };
const blind = { failed: ["net" as const] };

type Change = Partial<Minute> | "missing";

/** The last ten hours at rest, but for these minutes: `[from, to]` of them ago, the newest being 1. */
function minutes(...changes: [from: number, to: number, Change][]): Minute[] {
  return Array.from({ length: 600 }, (_, i) => 600 - i).flatMap((ago) => {
    const change = changes.find(([from, to]) => ago <= from && ago >= to)?.[2] ?? {};
    return change === "missing" ? [] : [{ ...rest, at: before(ago), ...change }];
  });
}

type Case = [
  sentence: string,
  past: Minute[],
  facts: Partial<Facts>,
  is: string,
  since?: number,
  free?: boolean,
];

test.each<Case>([
  ["used a minute ago it is busy", minutes([600, 1, work]), {}, "busy"],
  ["idle since the end of the last active minute", minutes([600, 31, work]), {}, "idle", 30, false],
  ["free on demand once it is idle for its timeout", minutes([600, 61, work]), {}, "idle", 60, true],
  ["a minute before it is not", minutes([600, 60, work]), {}, "idle", 59, false],
  [
    "half an hour is the shortest timeout",
    minutes([600, 30, work]),
    { idleTimeoutHours: 0.1 },
    "idle",
    29,
    false,
  ],
  [
    "in its first half hour nothing is idle",
    minutes([600, 25, "missing"]),
    { startedAt: before(24) },
    "busy",
  ],
  ["nor is it counted", minutes([600, 101, "missing"]), { startedAt: before(100) }, "idle", 70, true],
  [
    "five unknown minutes in a row take nothing",
    minutes([600, 61, work], [40, 36, blind]),
    {},
    "idle",
    60,
    true,
  ],
  ["a gap of six begins it anew", minutes([600, 61, work], [40, 35, blind]), {}, "idle", 34, false],
  [
    "six of sixty may be unknown",
    minutes([600, 61, work], [40, 38, blind], [20, 18, blind]),
    {},
    "idle",
    60,
    true,
  ],
  ["seven may not", minutes([600, 61, work], [40, 37, blind], [20, 18, blind]), {}, "unknown"],
  [
    "a missing minute is an unknown one",
    minutes([600, 61, work], [40, 37, "missing"], [20, 18, blind]),
    {},
    "unknown",
  ],
  [
    "what was unknown before it was last used is no matter",
    minutes([600, 41, blind], [40, 31, work]),
    {},
    "idle",
    30,
    false,
  ],
  ["used, and then five minutes unseen: busy", minutes([600, 6, work], [5, 1, "missing"]), {}, "busy"],
  ["used, and then six minutes unseen: unknown", minutes([600, 7, work], [6, 1, "missing"]), {}, "unknown"],
  [
    "the newest minute may not be written down yet",
    minutes([600, 7, work], [6, 1, "missing"]),
    { now: new Date("2026-11-27T12:00:05Z") },
    "busy",
  ],
  ["without one minute nothing is known", [], {}, "unknown"],
  [
    "while the bot is not settled idleness is unknown",
    minutes([600, 61, work]),
    { isSettled: false },
    "unknown",
  ],
  ["and work is work", minutes([600, 1, work]), { isSettled: false }, "busy"],
  ["Keep protects for two hours", minutes([600, 121, work]), { keptAt: before(119) }, "idle", 118, false],
  ["not for longer", minutes([600, 181, work]), { keptAt: before(121) }, "idle", 120, true],
  ["Keep is a sign of life as typing is", minutes([600, 61, work]), { keptAt: before(1) }, "busy"],
  [
    "an exemption spares the mark, not the truth",
    minutes([600, 61, work]),
    { isExempt: true },
    "idle",
    60,
    false,
  ],
  ["without a device nobody waits for it", minutes([600, 1, { devices: [] }]), {}, "idle", 570, false],
  [
    "a device idle for eight hours makes it idle, however busy the CPU is",
    minutes([600, 481, work], [480, 1, cpuOnly]),
    {},
    "idle",
    480,
    true,
  ],
  ["for less it does not", minutes([600, 480, work], [479, 1, cpuOnly]), {}, "busy"],
  ["a timeout longer than that counts instead", minutes([600, 1, cpuOnly]), { idleTimeoutHours: 10 }, "busy"],
  [
    "a gap in the reading of the device begins the eight hours anew",
    minutes([200, 195, { ...cpuOnly, devices: [{ ...resting, sign: "unknown" }] }], [600, 1, cpuOnly]),
    {},
    "busy",
  ],
  [
    "where the clock was set it begins anew",
    minutes([600, 61, work], [45, 45, { isSevered: true }]),
    {},
    "idle",
    44,
    false,
  ],
  [
    "if minutes lie ahead of the clock nobody knows how old the others are",
    [...minutes([600, 61, work]), { ...rest, at: before(-30) }],
    {},
    "unknown",
  ],
  [
    "one that starts tomorrow is young from when the clock was set",
    minutes([600, 46, work], [45, 45, { isSevered: true }]),
    { startedAt: before(-100) },
    "idle",
    15,
    false,
  ],
])("%s", (_sentence, past, over, is, since, free = false) => {
  const judgement = judge(past, { ...facts, ...over });
  expect(judgement).toMatchObject({ is, isReclaimable: free });
  expect(judgement.is === "idle" ? judgement.since : undefined).toEqual(
    since === undefined ? undefined : before(since),
  );
});

test("the evidence has the rule and the numbers", () => {
  expect(judge(minutes([600, 61, work], [20, 18, blind]), facts).evidence).toEqual({
    rule: "a minute is idle if no device, CPU, network or person is active in it",
    idleTimeoutHours: 1,
    seenUntil: before(0),
    unknownMinutes: 3,
    idleSince: before(60),
    isKept: false,
    isExempt: false,
  });
});

test("a judgement looks back over eight hours of a device, or over a longer timeout", () => {
  expect(judgedMinutes(1)).toBe(8.5 * 60);
  expect(judgedMinutes(12)).toBe(12.5 * 60);
});
