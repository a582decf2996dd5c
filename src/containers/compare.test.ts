import { expect, test } from "vitest";
import type { Container } from "../ledger/schema.ts";
import { compare, type Difference } from "./compare.ts";

const now = new Date("2026-03-01T12:00:00Z");
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

type Row = Pick<Container, "state" | "wanted"> & { restartedAt?: Date };
type Found = "running" | "paused" | "exited" | "created" | "dead" | undefined;

const running = { state: "running", wanted: "running" } as const;
const stopped = { state: "stopped", wanted: "stopped" } as const;

test.each<[string, Row, Found, Difference]>([
  ["it runs and runs", running, "running", "none"],
  ["paused by hand is not ended", running, "paused", "none"],
  ["it has ended", running, "exited", "ended"],
  [
    "it has ended, the last time 11 minutes ago",
    { ...running, restartedAt: minutesAgo(11) },
    "exited",
    "ended",
  ],
  ["it has ended twice within 10 minutes", { ...running, restartedAt: minutesAgo(9) }, "dead", "ended-twice"],
  ["it is gone", running, undefined, "removed-by-hand"],
  ["it has ended and is to stop anyway", { state: "running", wanted: "stopped" }, "exited", "none"],
  ["it is gone and is to stop anyway", { state: "running", wanted: "stopped" }, undefined, "removed-by-hand"],
  ["it rests and rests", stopped, "exited", "none"],
  ["it rests and runs", stopped, "running", "started-by-hand"],
  ["it rests and is gone", stopped, undefined, "removed-by-hand"],
  ["it rests, is to go, and is gone", { state: "stopped", wanted: "retired" }, undefined, "none"],
  ["it waits and was never made", { state: "waiting", wanted: "running" }, undefined, "none"],
  ["it waits to run again", { state: "waiting", wanted: "running" }, "exited", "none"],
  ["it waits and runs", { state: "waiting", wanted: "running" }, "running", "started-by-hand"],
  ["it is starting: bring-up is at it", { state: "starting", wanted: "running" }, undefined, "none"],
  ["it is stopping: bring-down is at it", { state: "stopping", wanted: "stopped" }, undefined, "none"],
])("%s", (_sentence, row, state, expected) => {
  const found = state && { state };
  expect(compare({ restartedAt: null, ...row }, found, { now, engineRestarted: false })).toBe(expected);
});

test("after a restart of the engine everything has ended, and nobody's second time is counted", () => {
  const row = { ...running, restartedAt: minutesAgo(1) };
  expect(compare(row, { state: "exited" }, { now, engineRestarted: true })).toBe("engine-restarted");
  expect(compare(row, { state: "running" }, { now, engineRestarted: true })).toBe("none");
});
