import { expect, test } from "vitest";
import { buildProgress, withoutPlumbing } from "./build-progress.ts";
import type { StepStatus } from "./build-status.ts";

const step = (id: string, name: string, more: Partial<StepStatus> = {}): StepStatus => ({
  id,
  name,
  cached: false,
  startedAt: undefined,
  endedAt: undefined,
  error: "",
  ...more,
});
const bytes = (text: string) => new TextEncoder().encode(text);

test("steps stand in the order they began, with their seconds; BuildKit's own are left out", () => {
  const progress = buildProgress();
  progress.take({
    steps: [
      step("a", "[internal] load build definition", { startedAt: 0, endedAt: 5 }),
      step("b", "copy /context /", { startedAt: 5, endedAt: 6 }),
      step("c", "[1/3] FROM berth-base:1"),
      step("d", "[2/3] RUN apt-get update"),
      step("e", "[3/3] RUN pip install"),
    ],
    prints: [],
  });
  expect(progress.now()).toEqual({ steps: [], of: 3, log: "" });
  progress.take({ steps: [step("d", "[2/3] RUN apt-get update", { startedAt: 2000 })], prints: [] });
  // It was looked at before, and is fetched now: two spans of the same step.
  progress.take({
    steps: [
      step("c", "[1/3] FROM berth-base:1", { startedAt: 1000, endedAt: 1250 }),
      step("c", "[1/3] FROM berth-base:1", { startedAt: 3000, endedAt: 4000, cached: true }),
    ],
    prints: [],
  });
  expect(progress.now().steps).toEqual([
    { name: "[1/3] FROM berth-base:1", seconds: 1.25, cached: true },
    { name: "[2/3] RUN apt-get update", seconds: undefined, cached: false },
  ]);
});

test("what is printed stands below its step's name, letters that came in two halves are whole", () => {
  const progress = buildProgress();
  progress.take({ steps: [step("a", "[1/2] RUN a"), step("b", "[2/2] RUN b")], prints: [] });
  const [front, back] = [bytes("gr\u00fc\u00df").slice(0, 3), bytes("gr\u00fc\u00df").slice(3)];
  progress.take({ steps: [], prints: [{ step: "a", bytes: front }] });
  progress.take({ steps: [], prints: [{ step: "a", bytes: back }] });
  progress.take({ steps: [], prints: [{ step: "b", bytes: bytes("hello\n") }] });
  progress.take({ steps: [], prints: [{ step: "unheard of", bytes: bytes("nothing") }] });
  expect(progress.changed()).toBe(true);
  expect(progress.now().log).toBe("[1/2] RUN a\ngr\u00fc\u00df\n[2/2] RUN b\nhello\n");
  expect(progress.changed()).toBe(false);
  progress.take({ steps: [], prints: [{ step: "b", bytes: bytes("again\n") }] });
  expect(progress.now().log).toBe("again\n");
});

test("of a flood the last of it is kept", () => {
  const progress = buildProgress();
  progress.take({ steps: [step("a", "[1/1] RUN a")], prints: [] });
  for (let i = 0; i < 40; i++)
    progress.take({ steps: [], prints: [{ step: "a", bytes: bytes("x".repeat(100_000)) }] });
  progress.take({ steps: [], prints: [{ step: "a", bytes: bytes("the end") }] });
  const { log } = progress.now();
  expect(log).toHaveLength(1024 * 1024);
  expect(log.endsWith("the end")).toBe(true);
});

test("the step that failed is the one that was not cancelled with it", () => {
  const progress = buildProgress();
  expect(progress.failedStep()).toBeUndefined();
  progress.take({
    steps: [
      step("a", "[left 2/2] RUN sleep", { error: "context canceled" }),
      step("b", "[right 2/2] RUN false", { error: "exit code: 1" }),
    ],
    prints: [],
  });
  expect(progress.failedStep()).toBe("[right 2/2] RUN false");
});

test.each([
  ["executor failed running [/bin/sh -c false]: exit code: 1", undefined],
  [
    "failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 2",
    "dockerfile parse error line 2",
  ],
  [
    'failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1',
    'process "/bin/sh -c false" did not complete successfully: exit code: 1',
  ],
  ["rpc error: code = Unknown desc = failed to solve: no such host", "no such host"],
])("the engine's words without its plumbing: %s", (error, words) => {
  expect(withoutPlumbing(error)).toBe(words ?? error);
});
