import { expect, test } from "vitest";
import { quietMinute } from "../../test/support/minute.ts";
import type { Minute } from "../idle/minute.ts";
import { type PresenceFacts, presence } from "./presence.ts";

const m = (minutes: number) => new Date(Date.UTC(2026, 10, 27, 12) + minutes * 60_000);
const rest = [{ id: "gpu1/0", sign: "idle" as const, usePercent: 0, memoryMiB: 0 }];
const minute = (at: number, over: Partial<Minute> = {}): Minute =>
  quietMinute(m(at), { devices: rest, cpuSeconds: 0.4, ...over });
const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => minute(from + i));

test.each<[string, Partial<PresenceFacts>, string]>([
  ["nothing was done with it", { minutes: minutes(0, 30) }, "absent"],
  ["the newest minute is written with the next sample", { minutes: minutes(0, 28) }, "absent"],
  ["somebody typed once", { minutes: [...minutes(0, 29), minute(29, { hasInput: true })] }, "came"],
  ["a program took a core", { minutes: [minute(0, { cpuSeconds: 60 }), ...minutes(1, 30)] }, "came"],
  ["something was brought to it", { minutes: [minute(0, { bytes: 6e6 }), ...minutes(1, 30)] }, "came"],
  ["also while nobody looks any more", { minutes: [minute(0, { hasInput: true })] }, "came"],
  ["kept", { minutes: minutes(0, 30), isKept: true }, "came"],
  ["exempt", { minutes: minutes(0, 30), isExempt: true }, "came"],
  ["nobody looked", { minutes: [] }, "unknown"],
  ["nobody looked for the last ten minutes", { minutes: minutes(0, 20) }, "unknown"],
  ["nobody looked at first", { minutes: minutes(10, 30) }, "unknown"],
  [
    "what could not be read says nothing",
    { minutes: minutes(0, 30).map((one) => ({ ...one, failed: ["cpu" as const] })) },
    "unknown",
  ],
])("%s", (_sentence, over, expected) => {
  const facts = { now: m(30), runningAt: m(0), minutes: [], isKept: false, isExempt: false, ...over };
  expect(presence(facts).is).toBe(expected);
});
