import { expect, test } from "vitest";
import type { Wish } from "../ledger/schema.ts";
import { gpuWords, judgeAsk, judgeEver, judgeGrant, type NodeMax } from "./allow.ts";
import { defaultPolicy, type Limits, limitsOf } from "./policy.ts";

const a100 = "NVIDIA A100-SXM4-40GB";
const max: NodeMax = {
  gpusByModel: new Map([
    [a100, 4],
    ["NVIDIA L40S", 2],
  ]),
  slices: new Map([
    ["3g.20gb", 3 / 7],
    ["1g.5gb", 1 / 7],
  ]),
  memoryGiB: 200,
};
const student = limitsOf(defaultPolicy(), { group: "student" }, [], new Date(0));
const admin = limitsOf(defaultPolicy(), { group: "admin" }, [], new Date(0));
const gpu = (count: number, model?: string): Wish =>
  model === undefined ? { kind: "gpu", count } : { kind: "gpu", count, model };

function refused(wish: Wish, limits: Limits, more: { hours?: number; waiting?: number; max?: NodeMax } = {}) {
  return judgeAsk({ wish, hours: 8, limits, max, waiting: 0, ...more }).map(
    ({ reason, field, message, hint }) => ({ reason, field, text: `${message} ${hint ?? ""}` }),
  );
}

test.each<[string, Wish, Limits, Parameters<typeof refused>[2]]>([
  ["what is within every limit is allowed", gpu(2), student, {}],
  [
    "a container without a GPU needs no GPU",
    { kind: "cpu" },
    student,
    { max: { ...max, gpusByModel: new Map(), slices: new Map() } },
  ],
  ["a slice there is is allowed", { kind: "mig", profile: "3g.20gb" }, student, {}],
  ["unlimited means up to what there is", gpu(4), admin, {}],
  ["a model is meant by a part of its name", gpu(1, "l40s"), student, {}],
  ["exactly the longest hours are allowed", gpu(1), student, { hours: 24 }],
  ["as many may wait as the limit says", gpu(1), student, { waiting: 2 }],
])("%s", (_sentence, wish, limits, more) => {
  expect(refused(wish, limits, more)).toEqual([]);
});

test.each<
  [string, Wish, Limits, Parameters<typeof refused>[2], { reason: string; field: string | undefined }, RegExp]
>([
  [
    "more GPUs than exist",
    gpu(5),
    admin,
    {},
    { reason: "more-gpus-than-exist", field: "gpus" },
    /at most 4 GPUs .* so 5 can't be given\. Ask for 1 to 4\./,
  ],
  [
    "more GPUs of a model than exist",
    gpu(3, "L40S"),
    admin,
    {},
    { reason: "more-gpus-than-exist", field: "gpus" },
    /at most 2 NVIDIA L40S GPUs/,
  ],
  [
    "more GPUs than the limit",
    gpu(3),
    student,
    {},
    { reason: "gpus-above-limit", field: "gpus" },
    /Your limit is 2 GPUs in one container; you asked for 3\./,
  ],
  ["a half GPU", gpu(0.5), student, {}, { reason: "gpu-count", field: "gpus" }, /whole number/],
  [
    "no GPU at all as a number of GPUs",
    gpu(0),
    student,
    {},
    { reason: "gpu-count", field: "gpus" },
    /CPU only/,
  ],
  [
    "a whole GPU for a group that uses slices",
    gpu(1),
    { ...student, whole_gpus: false },
    {},
    { reason: "no-whole-gpus", field: "gpus" },
    /Ask for a slice: 1g.5gb or 3g.20gb/,
  ],
  [
    "a model that isn't there",
    gpu(1, "H200"),
    student,
    {},
    { reason: "no-such-model", field: "model" },
    /There are NVIDIA A100-SXM4-40GB and NVIDIA L40S\./,
  ],
  [
    "a slice that isn't there",
    { kind: "mig", profile: "3g.40gb" },
    student,
    {},
    { reason: "no-such-slice", field: "mig" },
    /Did you mean 3g.20gb/,
  ],
  [
    "a slice above the member's total",
    { kind: "mig", profile: "3g.20gb" },
    { ...student, max_gpu_equivalents: 0.2 },
    {},
    { reason: "gpus-above-limit", field: "mig" },
    /0\.43 of a GPU; you may hold 0\.2 of a GPU/,
  ],
  [
    "too many hours",
    gpu(1),
    student,
    { hours: 25 },
    { reason: "hours-out-of-range", field: "hours" },
    /25 hours .* Ask for up to 24 hours/,
  ],
  ["no hours", gpu(1), student, { hours: 0 }, { reason: "hours-out-of-range", field: "hours" }, /above 0/],
  [
    "hours that are no number",
    gpu(1),
    student,
    { hours: Number.NaN },
    { reason: "hours-out-of-range", field: "hours" },
    /above 0/,
  ],
  [
    "too many in the line",
    gpu(1),
    student,
    { waiting: 3 },
    { reason: "too-many-waiting", field: undefined },
    /2 requests in the line/,
  ],
  [
    "waiting where nobody may",
    gpu(1),
    { ...student, max_waiting: 0 },
    { waiting: 1 },
    { reason: "too-many-waiting", field: undefined },
    /does not wait/,
  ],
  [
    "more memory than the machine has",
    gpu(1),
    student,
    { max: { ...max, memoryGiB: 11.52 } },
    { reason: "memory-above-machine", field: undefined },
    /11\.5 GiB at most/,
  ],
])("%s is refused in words", (_sentence, wish, limits, more, expected, text) => {
  expect(refused(wish, limits, more)).toEqual([{ ...expected, text: expect.stringMatching(text) }]);
});

test("everything wrong is told at once", () => {
  expect(refused(gpu(9), student, { hours: -1 }).map(({ field }) => field)).toEqual(["gpus", "hours"]);
});

const slice: Wish = { kind: "mig", profile: "3g.20gb" };

test.each<[string, Wish, number, Partial<Limits>, RegExp | undefined]>([
  ["what is within the limits in force may stand in the line", gpu(2), 2, {}, undefined],
  [
    "more GPUs than one container may have by now",
    gpu(2),
    2,
    { max_gpus_per_container: 1 },
    /limit is 1 GPU/,
  ],
  ["more GPUs than may be held at once by now", gpu(2), 2, { max_gpu_equivalents: 1.5 }, /limit is 1 GPU/],
  ["a whole GPU where only slices are given by now", gpu(1), 1, { whole_gpus: false }, /slices of GPUs/],
  [
    "a slice that weighs more than may be held",
    slice,
    3 / 7,
    { max_gpu_equivalents: 0.2 },
    /3g\.20gb is 0\.43/,
  ],
  ["no GPU at all, and it asks for none", { kind: "cpu" }, 0, { max_gpus_per_container: 0 }, undefined],
  ["no container at all", { kind: "cpu" }, 0, { max_containers: 0 }, /limit is 0 containers/],
  [
    "one needs more memory than all may have",
    gpu(1),
    1,
    { max_memory_gib_total: 16 },
    /needs 32 GiB .* have 16/,
  ],
])("judged again at the grant: %s", (_sentence, wish, weight, lowered, text) => {
  const refusal = judgeEver(wish, { ...student, ...lowered }, weight);
  if (text === undefined) expect(refusal).toBeUndefined();
  else expect(refusal?.message).toMatch(text);
});

const nothing = { gpuEquivalents: 0, containers: 0, memoryGiB: 0 };

test.each<[string, Partial<typeof nothing>, number, Limits, RegExp | undefined]>([
  ["who holds nothing may hold as much as the limit", {}, 2, student, undefined],
  [
    "a seventh more than the total waits",
    { gpuEquivalents: 2 },
    1 / 7,
    student,
    /You hold 2 GPUs of the 2 GPUs/,
  ],
  [
    "seven sevenths are one GPU, however they add up",
    { gpuEquivalents: Math.fround(1 / 7) * 6 + 1 },
    Math.fround(1 / 7),
    student,
    undefined,
  ],
  ["a container without a GPU does not wait for GPUs", { gpuEquivalents: 5 }, 0, student, undefined],
  ["one container too many waits", { containers: 3 }, 0, student, /You have 3 containers of the 3/],
  [
    "memory above the total waits",
    { memoryGiB: 80 },
    0,
    student,
    /80 of your 96 GiB of memory and this one needs 32/,
  ],
  ["unlimited never waits for a limit", { gpuEquivalents: 50, memoryGiB: 5000 }, 8, admin, undefined],
])("%s", (_sentence, use, weight, limits, sentence) => {
  const judged = judgeGrant(limits, { ...nothing, ...use }, weight);
  if (sentence === undefined) expect(judged).toBeUndefined();
  else expect(judged).toMatch(sentence);
});

test.each([
  [1, "1 GPU"],
  [2, "2 GPUs"],
  [3 / 7, "0.43 of a GPU"],
  [0, "0 GPUs"],
  [1.5, "1.5 GPUs"],
])("%d reads %s", (weight, words) => {
  expect(gpuWords(weight)).toBe(words);
});
