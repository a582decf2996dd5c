import { expect, test } from "vitest";
import { drawn, evening, later, now } from "../../../test/slack/drawn-card.ts";
import type { Build } from "../../ledger/image-tables.ts";
import type { Wait } from "../../waitlist/waits.ts";

test("waiting: place, reason, and the way out", () => {
  const { line, text, buttons } = drawn(
    { state: "waiting", grantedAt: null, waitsFor: "All GPUs are in use until ⟦1795539600⟧." },
    { wait: { place: 2, range: { earliest: later, latest: evening } }, devices: [] },
  );
  expect(line).toBe("*vision* waits for 1 GPU for 8 h: 2nd in the line.");
  expect(text).toContain("All GPUs are in use until <!date^1795539600^");
  expect(text).toMatch(/\*Starts\* between <!date\^1795543203\^[^>]+> and <!date\^1795554000\^/);
  expect(text).toMatch(/You asked <!date[^>]+>, and there you stand\./);
  expect(buttons).toEqual(["Leave the line", "My place now", "Why?"]);
});

test.each<[string, Partial<Wait>, RegExp]>([
  [
    "a promise",
    { range: { earliest: later, latest: evening, promisedBy: evening } },
    /\*Starts\* by <!date\^1795554000\^[^>]+> at the latest: that is promised\./,
  ],
  ["perhaps at once", { range: { earliest: now, latest: later } }, /by <!date[^>]+>, perhaps sooner\./],
  [
    "what can't be told says why",
    { range: { earliest: now, latest: null, because: "Not before someone stops." } },
    /Not before someone stops\./,
  ],
  ["more than two days", { range: { earliest: later, latest: null } }, /\*Starts\* not before <!date/],
  ["passed over", { place: undefined }, /waiting, passed over for now.*keeps its place/],
  ["who was put before it, and why", { firsts: ["demo (dmitri)"] }, /Put first: demo \(dmitri\)/],
])("waiting: %s", (_what, wait, words) => {
  expect(drawn({ state: "waiting", grantedAt: null }, { wait, devices: [] }).text).toMatch(words);
});

test("waiting: what could start now instead, and what of one's own could end, each a button", () => {
  const { text, buttons } = drawn(
    { state: "waiting", grantedAt: null, wish: { kind: "gpu", count: 2 }, hours: 24 },
    {
      devices: [],
      wait: {
        smaller: [
          { wish: { kind: "gpu", count: 2 }, hours: 7.75 },
          { wish: { kind: "gpu", count: 1 }, hours: 24 },
        ],
        endings: [{ containerId: 9, project: "notes", how: "stop" }],
      },
    },
  );
  expect(text).toMatch(
    /Could start now instead: the same until <!date\^[^>]+> instead of the full 24 h, or 1 GPU for 24 h\./,
  );
  expect(text).toContain("It would start at once if you stop *notes*.");
  expect(buttons.slice(0, 3)).toEqual(["Start with 2 GPUs, 7.75 h", "Start with 1 GPU", "Stop notes"]);
  expect(text).toContain("Stop notes so that vision can start?");
});

test("its image is being built: what is done, which step it is, and two ways out", () => {
  const steps = [
    { name: "Fetching the base image", seconds: 21, cached: false },
    { name: "Installing packages of the distribution", seconds: null, cached: false },
  ];
  const awaited = { id: 3, state: "building", attempt: 1, progress: { steps, of: 6 } } as unknown as Build;
  const { line, text, buttons } = drawn(
    { state: "waiting", grantedAt: null, image: "vision:latest", awaitsBuildId: 3 },
    { devices: [], awaited },
  );
  expect(line).toBe("*vision* starts when its image is built.");
  expect(text).toContain(
    ":white_check_mark: Key  →  :hourglass_flowing_sand: *Image*  →  Granted  →  Container  →  SSH",
  );
  expect(text).toContain("Step 2 of 6: Installing packages of the distribution (21 s so far).");
  expect(buttons).toEqual(["Cancel", "Leave the line", "Why?"]);
});

test.each([
  [{ state: "queued", waitsFor: "Another build goes first." }, "Another build goes first."],
  [{ state: "queued", waitsFor: null }, "It begins in a moment."],
  [{ state: "building", attempt: 2 }, "It has begun. It was interrupted and began again."],
  [{ state: "building", cancelWished: true }, "It is being cancelled."],
])("a build that is %o: %s", (build, words) => {
  const awaited = { id: 3, attempt: 1, progress: null, ...build } as unknown as Build;
  expect(drawn({ state: "waiting", grantedAt: null }, { awaited }).text).toContain(words);
});

test("made from an image that was built, key and image stand before what is left", () => {
  const { text } = drawn({ state: "starting", buildId: 3 });
  expect(text).toContain(
    ":white_check_mark: Key  →  :white_check_mark: Image  →  :white_check_mark: Granted  →  :hourglass_flowing_sand: *Container*  →  SSH",
  );
});

test.each([
  [null, ":white_check_mark: Granted  →  :hourglass_flowing_sand: *Container*  →  SSH"],
  ["image", ":white_check_mark: Granted  →  :hourglass_flowing_sand: *Image*  →  Container  →  SSH"],
  ["create", ":white_check_mark: Granted  →  :hourglass_flowing_sand: *Container*  →  SSH"],
  ["ssh", ":white_check_mark: Granted  →  :white_check_mark: Container  →  :hourglass_flowing_sand: *SSH*"],
])("starting, step %s: what is done, what is being done, what comes", (step, words) => {
  const { line, text, buttons } = drawn({ state: "starting", step });
  expect(line).toBe("*vision* is starting (3.2 s).");
  expect(text).toContain(words);
  expect(text).toContain("GPU 0 (A100-SXM4, 40 GB) is yours since");
  expect(buttons).toEqual(["Stop"]);
});
