import { describe, expect, test } from "vitest";
import { portTaken } from "../containers/port-taken.ts";
import type { Device, NodeRow } from "../ledger/schema.ts";
import { type Facts, problemsOf } from "./problems.ts";

const now = new Date("2026-11-27T12:00:00Z");
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

const node: NodeRow = {
  id: "gpu1",
  state: "up",
  stateSince: ago(900),
  reason: null,
  cpus: 64,
  memoryMiB: 1,
  adoptedInEpoch: 1,
};
const away: NodeRow = { ...node, state: "unreachable", stateSince: ago(3), reason: "The engine is silent." };

function device(state: Device["state"], since = 60): Device {
  const identity = { id: "GPU-1", nodeId: "gpu1", gpuUuid: "GPU-1", gpuIndex: 1, sliceIndex: null };
  const what = { profile: null, model: "A100", memoryMiB: 40_960, part: "[0,8)", weight: 1 };
  const reason = state === "outside" ? "Process 7 of root computes on it." : "a process is left.";
  return { ...identity, ...what, state, stateSince: ago(since), reason, missedReadings: 0 };
}

function container(over: Partial<Facts["containers"][number]> = {}): Facts["containers"][number] {
  const name = "vision._.ana";
  return { name, nodeId: "gpu1", runningAt: ago(600), knownUntil: ago(1), failed: [], ...over };
}

function facts(over: Partial<Facts> = {}): Facts {
  return {
    now,
    nodes: [node],
    devices: [device("ok")],
    containers: [container()],
    watchingSince: ago(600),
    clockJumpedAt: undefined,
    freePercent: new Map([["gpu1", 60]]),
    stuck: [],
    late: { messages: 0, notices: 0, people: 0 },
    unreached: [],
    disk: { builds_wait_below_pct: 15, refuse_below_pct: 5 },
    hasBoard: false,
    ...over,
  };
}

function stuck(trouble = portTaken(22_012)): Facts["stuck"][number] {
  return { id: 7, name: "vision._.ana", nodeId: "gpu1", since: ago(5), trouble };
}

test("of a port that is taken admins read what to do if nothing of theirs has it", () => {
  const [seen] = problemsOf(facts({ stuck: [stuck()] })).seen;
  expect(seen?.text).toMatch(
    /^vision\._\.ana does not get on with its start since ⟦\d+⟧\. Something else on the server uses port 22012;/,
  );
  expect(seen?.detail).toContain("systemctl restart docker");
  const [other] = problemsOf(facts({ stuck: [stuck("Its image is not there yet.")] })).seen;
  expect(other?.detail).toBeUndefined();
});

const keys = (over: Partial<Facts>) => problemsOf(facts(over)).seen.map(({ key }) => key);

test.each<[string, Partial<Facts>, string[]]>([
  ["all is well", {}, []],
  ["an engine that does not answer", { nodes: [away] }, ["silent gpu1"]],
  ["a GPU that vanished", { devices: [device("lost")] }, ["lost GPU-1"]],
  ["one that is gone for good was cut in another way", { devices: [device("gone")] }, []],
  ["one in quarantine", { devices: [device("quarantined", 0)] }, ["quarantined GPU-1"]],
  ["a process outside Berth", { devices: [device("outside", 5)] }, ["outside GPU-1"]],
  ["one that somebody only tries", { devices: [device("outside", 4)] }, []],
  ["a disk below what builds need", { freePercent: new Map([["gpu1", 14]]) }, ["disk gpu1"]],
  ["one just at it", { freePercent: new Map([["gpu1", 15]]) }, []],
  ["a start that something hinders", { stuck: [stuck()] }, ["start 7"]],
  [
    "one that a silent engine hinders is told with that",
    { stuck: [stuck()], nodes: [away] },
    ["silent gpu1"],
  ],
  ["messages that wait for a day", { late: { messages: 2, notices: 1, people: 1 } }, ["late-messages"]],
  [
    "somebody whom Slack does not know any more",
    { unreached: [{ recipient: "UBEN", name: "ben", error: "user_not_found" }] },
    ["unreached UBEN"],
  ],
  ["a clock that was set", { clockJumpedAt: ago(14) }, ["clock"]],
  ["one that was set a while ago", { clockJumpedAt: ago(15) }, []],
])("%s", (_sentence, over, expected) => {
  expect(keys(over)).toEqual(expected);
});

describe("what a container does is not known", () => {
  const blind = (over: Partial<Facts["containers"][number]>, more: Partial<Facts> = {}) =>
    keys({ containers: [container(over)], ...more });

  test.each<[string, string[], string[]]>([
    ["for more than half an hour", blind({ knownUntil: ago(31) }), ["signals gpu1"]],
    ["for half an hour", blind({ knownUntil: ago(30) }), []],
    ["since it runs, for long", blind({ knownUntil: undefined }), ["signals gpu1"]],
    ["since it runs, which is not long", blind({ knownUntil: undefined, runningAt: ago(20) }), []],
    ["because the bot was away until now", blind({ knownUntil: ago(180) }, { watchingSince: ago(29) }), []],
    [
      "and the bot is back for long",
      blind({ knownUntil: ago(180) }, { watchingSince: ago(31) }),
      ["signals gpu1"],
    ],
    ["and lies ahead of a clock that was set back", blind({ knownUntil: ago(-60) }), []],
    [
      "of one container of two",
      keys({ containers: [container(), container({ knownUntil: ago(40) })] }),
      ["signals gpu1"],
    ],
    [
      "of two, which is one problem",
      keys({ containers: [container({ knownUntil: ago(40) }), container({ knownUntil: ago(50) })] }),
      ["signals gpu1"],
    ],
    [
      "because the engine does not answer",
      blind({ knownUntil: ago(40) }, { nodes: [away] }),
      ["silent gpu1"],
    ],
  ])("%s", (_sentence, found, expected) => {
    expect(found).toEqual(expected);
  });

  test("says of whom, and what can't be read", () => {
    const containers = [container({ knownUntil: ago(40), failed: ["gpu", "cpu"] })];
    const [problem] = problemsOf(facts({ containers })).seen;
    expect(problem?.detail).toMatch(/^vision\._\.ana\. What can't be read: the use of GPUs and CPU time\./);
  });
});

test("what can't be told is not taken for solved", () => {
  expect(problemsOf(facts({ nodes: [away], freePercent: new Map(), hasBoard: true })).unknown).toEqual([
    "policy-file",
    "board",
    "board pin",
    "signals gpu1",
    "disk gpu1",
  ]);
});

test("a full disk says that nothing is built, a low one that builds wait", () => {
  const text = (free: number) => problemsOf(facts({ freePercent: new Map([["gpu1", free]]) })).seen[0]?.text;
  expect(text(4)).toBe(
    "The disk of gpu1 is nearly full: 4 % are free. No image is built any more until 5 % are.",
  );
  expect(text(9)).toBe("The disk of gpu1 is nearly full: 9 % are free. Builds wait until 15 % are.");
});
