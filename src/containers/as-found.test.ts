import { expect, test } from "vitest";
import { type AsFound, asFound } from "./as-found.ts";

type Row = Parameters<typeof asFound>[0];
type Found = NonNullable<Parameters<typeof asFound>[1]>;

const row = (state: Row["state"], over: Partial<Row> = {}): Row => ({
  state,
  wanted: "running",
  run: 1,
  engineId: "e1",
  ...over,
});
const found = (state: Found["state"], run = 1, devices = ["GPU-0"]): Found => ({
  state,
  labels: { run, devices },
});

test.each<[string, Row, Found | undefined, string[], AsFound]>([
  ["runs, as it did", row("running"), found("running"), ["GPU-0"], "as-known"],
  ["was starting and runs", row("starting"), found("running"), ["GPU-0"], "as-known"],
  ["was starting and is made", row("starting"), found("created"), ["GPU-0"], "as-known"],
  ["was starting and was stopped since", row("starting"), found("exited"), ["GPU-0"], "stopped"],
  ["runs, in a later run on the same GPU", row("running"), found("running", 2), ["GPU-0"], "runs"],
  ["runs, on another GPU", row("running"), found("running", 2, ["GPU-1"]), ["GPU-0"], "runs"],
  [
    "was to stop, and runs again",
    row("stopping", { wanted: "stopped" }),
    found("running"),
    ["GPU-0"],
    "runs",
  ],
  [
    "ran and was to stop, and runs again",
    row("running", { wanted: "stopped" }),
    found("running"),
    ["GPU-0"],
    "runs",
  ],
  ["was stopped and runs", row("stopped", { wanted: "stopped" }), found("running"), [], "runs"],
  ["waited to run again and runs", row("waiting", { run: 2 }), found("running", 2), [], "runs"],
  ["waited to run again and waits still", row("waiting", { run: 2 }), found("exited"), [], "as-known"],
  ["ran and is stopped", row("running"), found("exited"), ["GPU-0"], "stopped"],
  [
    "was stopped, with its GPU kept",
    row("stopped", { wanted: "stopped" }),
    found("exited"),
    ["GPU-0"],
    "stopped",
  ],
  ["was stopped and is", row("stopped", { wanted: "stopped" }), found("exited"), [], "as-known"],
  ["ran and is not there", row("running"), undefined, ["GPU-0"], "gone"],
  ["was stopped and is not there", row("stopped", { wanted: "stopped" }), undefined, [], "gone"],
  ["waited to run again and is not there", row("waiting"), undefined, [], "gone"],
  ["waited for its first turn", row("waiting", { engineId: null }), undefined, [], "as-known"],
  ["runs without a GPU, as it did", row("running"), found("running", 1, []), [], "as-known"],
])("%s", (_sentence, known, there, held, expected) => {
  expect(asFound(known, there, held)).toBe(expected);
});
