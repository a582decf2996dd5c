import { expect, test } from "vitest";
import type { Halt } from "../ledger/queries/drains.ts";
import { haltedEverywhere, haltedGpus, haltInWords } from "./halted.ts";

const friday = new Date("2026-11-27T17:00:00Z");
const drain = (more: Partial<Halt> = {}): Halt => ({
  kind: "drain",
  nodeId: "gpu1",
  gpuUuid: null,
  gpuIndex: null,
  by: "dmitri",
  reason: "new disks",
  endsAt: null,
  ...more,
});
const gpu3 = drain({ gpuUuid: "GPU-3", gpuIndex: 3 });
const pause = drain({ kind: "pause", nodeId: null, reason: "the new driver" });

test.each<[string, Halt, string]>([
  ["a drained server", drain(), "The server is being drained by dmitri: new disks."],
  ["a drained GPU", gpu3, "GPU 3 is being drained by dmitri: new disks."],
  [
    "one whose index nobody knows any more",
    { ...gpu3, gpuIndex: null },
    "A GPU is being drained by dmitri: new disks.",
  ],
  [
    "a drain with an instant says when what runs there is stopped",
    drain({ endsAt: friday }),
    "The server is being drained by dmitri: new disks. What runs there is stopped ⟦1795798800⟧.",
  ],
  ["a pause", pause, "Berth is paused by dmitri: the new driver. Your place in the line stays."],
  [
    "a reason that ends its own sentence",
    drain({ reason: "New disks. " }),
    "The server is being drained by dmitri: New disks.",
  ],
])("%s is told with the admin's name and words", (_sentence, halt, words) => {
  expect(haltInWords(halt)).toBe(words);
});

test.each<[string, Halt[], string | null, string | undefined]>([
  ["nobody is in the way", [], null, undefined],
  ["a drained GPU does not stand for its server", [gpu3], null, undefined],
  ["a pause comes before any drain", [drain(), pause], null, haltInWords(pause)],
  ["a drained server is told to who may run anywhere", [drain()], null, haltInWords(drain())],
  ["another server's drain is not told to who must run here", [drain({ nodeId: "gpu2" })], "gpu1", undefined],
  ["a pause is told wherever it must run", [pause], "gpu1", haltInWords(pause)],
])("why nothing can be given: %s", (_sentence, halts, nodeId, words) => {
  expect(haltedEverywhere(halts, nodeId)).toBe(words);
});

test.each<[string, Halt[], string | undefined]>([
  ["no GPU is held back", [drain()], undefined],
  [
    "each that is held back is named",
    [gpu3, drain({ gpuUuid: "GPU-1", gpuIndex: 1, reason: "it is hot" })],
    "GPU 3 is being drained by dmitri: new disks. GPU 1 is being drained by dmitri: it is hot.",
  ],
  ["another server's GPUs are not named", [{ ...gpu3, nodeId: "gpu2" }], undefined],
])("what is said beside “no GPU is free”: %s", (_sentence, halts, words) => {
  expect(haltedGpus(halts, "gpu1")).toBe(words);
});
