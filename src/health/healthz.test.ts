import { expect, test } from "vitest";
import type { NodeRow } from "../ledger/schema.ts";
import { type HealthFacts, healthOf } from "./healthz.ts";

const now = new Date("2026-11-27T12:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const node: NodeRow = {
  id: "gpu1",
  state: "up",
  stateSince: ago(900),
  reason: null,
  cpus: 64,
  memoryMiB: 1,
  adoptedInEpoch: 7,
};
const ledger = { nodes: [node], epoch: 7, lateNotices: 0 };
const lost = (seconds: number) => ({
  connectedSince: undefined,
  gaps: [{ from: ago(seconds), until: undefined }],
});

test.each<[string, Partial<HealthFacts>, string[]]>([
  ["all is well", {}, []],
  ["no ledger", { ledger: undefined }, ["The ledger's Postgres does not answer."]],
  ["not begun", { role: "starting", slack: undefined }, ["This process is not the active bot yet."]],
  ["a standby needs no Slack, and no machine", { role: "standby", slack: undefined }, []],
  [
    "a standby needs the ledger",
    { role: "standby", slack: undefined, ledger: undefined },
    ["The ledger's Postgres does not answer."],
  ],
  ["Slack renews its socket", { slack: lost(59) }, []],
  ["Slack is away", { slack: lost(60) }, ["Slack can't reach the bot."]],
  [
    "an engine that does not answer",
    { ledger: { ...ledger, nodes: [{ ...node, state: "unreachable" }] } },
    ["gpu1 does not answer: its engine or its GPUs can't be read."],
  ],
  [
    "one that was not asked since the start",
    { ledger: { ...ledger, epoch: 8 } },
    ["gpu1 was not looked at since the bot started."],
  ],
  [
    "notices that do not arrive",
    { ledger: { ...ledger, lateNotices: 2 } },
    ["2 notices before an end were not taken by Slack for a day."],
  ],
])("%s", (_sentence, over, why) => {
  const slack = { connectedSince: ago(600), gaps: [] };
  const health = healthOf({ now, role: "active", slack, ledger, ...over });
  expect(health.why).toEqual(why);
  expect(health.ok).toBe(why.length === 0);
});
