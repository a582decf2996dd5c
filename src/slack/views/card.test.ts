import { expect, test } from "vitest";
import type { Build } from "../../ledger/image-tables.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import type { Container } from "../../ledger/schema.ts";
import type { Wait } from "../../waitlist/waits.ts";
import { card } from "./card.ts";
import type { CardFacts } from "./card-parts.ts";

const now = new Date("2026-11-24T10:00:03.200Z");
const asked = new Date("2026-11-24T10:00:00Z");
const later = new Date("2026-11-24T18:00:03Z");
const evening = new Date("2026-11-24T21:00:00Z");
const inLine = { project: "vision", handle: "ana", place: 1, firsts: [], smaller: [], endings: [] };
const signIn = { command: "ssh -p 22001 ana@gpu1.example.org", fingerprint: "SHA256:abc" };

function drawn(
  change: Partial<Container>,
  more: Partial<Pick<CardFacts, "devices" | "awaited" | "ends">> & { wait?: Partial<Wait> } = {},
) {
  const container = {
    id: 7,
    state: "running",
    wanted: "running",
    wish: { kind: "gpu", count: 1 },
    hours: 8,
    image: "pytorch-2.8",
    limits: { cpus: 16, memoryGiB: 32, shmGiB: 16, pids: 4096, sudo: true, ptrace: false },
    askedAt: asked,
    standsAt: asked,
    heldGpuHours: 0,
    firstSince: null,
    firstBecause: null,
    grantedAt: asked,
    stateSince: now,
    runningAt: null,
    endsAt: null,
    stoppedAt: null,
    gpuKeptUntil: null,
    placeKeptUntil: null,
    waitsFor: null,
    step: null,
    trouble: null,
    outcome: null,
    buildId: null,
    installed: null,
    resume: null,
    ...change,
  } as Container;
  const device = { gpuIndex: 0, sliceIndex: null, model: "NVIDIA A100-SXM4-40GB", memoryMiB: 40_960 };
  const view = {
    container,
    project: { name: "vision" },
    member: { handle: "ana" },
    devices: [device],
    ends: [],
    ...more,
    ...(more.wait ? { wait: { ...inLine, container, ...more.wait } } : {}),
  } as unknown as ContainerView;
  const message = card({ ...view, now, signIn });
  const text = JSON.stringify(message.blocks);
  const labels = [
    ...text.matchAll(/"type":"button","action_id":"[^"]+","text":\{"type":"plain_text","text":"([^"]+)"/g),
  ];
  return { line: message.text, text, buttons: labels.map(([, label]) => label) };
}

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
  [3, "Add to the image"],
  [null, "Make an image with it"],
])(
  "retired with packages installed by hand (build %s): they are named, and “%s” keeps them",
  (buildId, label) => {
    const installed = { pip: ["einops==0.8.0"], apt: ["sl`&<x>"] };
    const { text, buttons } = drawn({ state: "retired", buildId, installed }, { devices: [] });
    expect(text).toContain(
      "You installed by hand: `einops==0.8.0`, `sl'&amp;&lt;x&gt;`. It is not in the image",
    );
    expect(buttons).toEqual([label, "New container", "Why?"]);
  },
);

test("retired with nothing installed by hand, or it not being known: not a word of it", () => {
  for (const installed of [null, { pip: [], apt: [] }])
    expect(drawn({ state: "retired", installed }, { devices: [] }).text).not.toContain("by hand");
});

test("of many packages the first twenty are named", () => {
  const pip = Array.from({ length: 200 }, (_, i) => `${"p".repeat(90)}-${i}==1`);
  const { text } = drawn({ state: "retired", installed: { pip, apt: [] } }, { devices: [] });
  expect(text).toContain(
    "and 180 more. It is not in the image, so the next container will not have it: the button adds all",
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

test("ready: what was given, how to sign in, until when", () => {
  const its = { id: 3, reason: "end" as const, at: later, because: "Its 8 hours are over." };
  const { line, text, buttons } = drawn({ runningAt: now, endsAt: later }, { ends: [its] });
  expect(line).toBe("*vision* is ready: `ssh -p 22001 ana@gpu1.example.org`");
  expect(text).toContain("ready in 3.2 s");
  expect(text).toContain(
    '"rich_text_preformatted","elements":[{"type":"text","text":"ssh -p 22001 ana@gpu1.example.org"}]',
  );
  expect(text).toContain("*GPU*\\nGPU 0 (A100-SXM4, 40 GB)");
  expect(text).toContain("*CPU and memory*\\n16 CPUs, 32 GB");
  expect(text).toContain("*Ends*\\n<!date^1795543203^");
  expect(text).toContain("`SHA256:abc`");
  expect(buttons).toEqual(["SSH config", "Can't connect?", "Extend 4 h", "Stop", "Retire", "Why?"]);
});

test("where something else ends it before its hours are over the card says that, and offers no more hours", () => {
  const first = { id: 4, reason: "admin" as const, at: later, because: "dmitri ends it: new <disks>" };
  const hours = { id: 3, reason: "end" as const, at: new Date(later.getTime() + 1), because: "" };
  const { text, buttons } = drawn({ runningAt: now, endsAt: hours.at }, { ends: [first, hours] });
  expect(text).toContain("*Ends*\\n<!date^1795543203^");
  expect(text).toContain(": dmitri ends it: new &lt;disks&gt;");
  expect(buttons).not.toContain("Extend 4 h");
});

test("where it ends because nobody uses it, Keep is on the card; what was waited for says until when to come", () => {
  const ends = (reason: string) => ({ ends: [{ reason, at: later, because: "Nobody uses it." }] }) as never;
  const idle = drawn({ state: "running", runningAt: now, endsAt: evening }, ends("idle"));
  expect(idle.buttons).toContain("Keep 2 h");
  expect(idle.text).not.toContain("Sign in by");
  const noShow = drawn({ state: "running", runningAt: now, endsAt: evening }, ends("no-show"));
  expect(noShow.buttons).toContain("Keep 2 h");
  expect(noShow.text).toMatch(/\*Sign in by <!date[^>]+>\* and it stays yours: somebody waits for its GPU\./);
  expect(drawn({ state: "running", runningAt: now, endsAt: evening }, ends("end")).buttons).not.toContain(
    "Keep 2 h",
  );
});

test("stopped because nobody came: its place in the line is kept, and until when", () => {
  const kept = drawn({ state: "stopped", wanted: "stopped", stoppedAt: now, placeKeptUntil: evening });
  expect(kept.text).toMatch(
    /Your place in the line is kept until <!date[^>]+>: press Resume when you are back\./,
  );
});

test("what hinders it is on the card", () => {
  expect(drawn({ trouble: "The disk is <full>." }).text).toContain(":warning:  The disk is &lt;full&gt;.");
});

test.each([
  ["wanted stopped", { state: "running", wanted: "stopped" }, "*vision* is stopping."],
  ["stopping", { state: "stopping", wanted: "stopped" }, "*vision* is stopping."],
  ["being retired", { state: "stopping", wanted: "retired" }, "*vision* is being retired."],
  ["stopped and being retired", { state: "stopped", wanted: "retired" }, "*vision* is being retired."],
  ["starting no more", { state: "starting", wanted: "retired" }, "*vision* is being retired."],
] as const)("%s: the buttons give way to what happens", (_sentence, change, words) => {
  const { line, text, buttons } = drawn({ ...change, outcome: "ana stopped it." });
  expect(line).toBe(words);
  expect(text).toContain("ana stopped it.");
  expect(buttons).toEqual([]);
});

test("stopped with its GPU kept: until when, and two ways on", () => {
  const { text, buttons } = drawn({
    state: "stopped",
    wanted: "stopped",
    gpuKeptUntil: later,
    stoppedAt: now,
  });
  expect(text).toContain("stays yours until <!date^1795543203^");
  expect(buttons).toEqual(["Resume", "Free it now", "Retire", "Why?"]);
});

test.each([
  ["its keep time is over", { gpuKeptUntil: asked }, {}],
  ["it was not kept", { gpuKeptUntil: null }, { devices: [] }],
])("stopped, %s: it holds no GPU", (_sentence, change, more) => {
  const { text, buttons } = drawn({ state: "stopped", wanted: "stopped", ...change }, more);
  expect(text).toContain("It holds no GPU. Resume brings it back on whatever GPU is free");
  expect(buttons).toEqual(["Resume", "Retire", "Why?"]);
});

test.each([
  ["is too much for another GPU", "too-large", "on the very GPU it was made with"],
  ["could not be brought to another GPU", "failed", "Resume tries again"],
  ["was to be given up, and was not", "fresh", "Resume tries again"],
] as const)("stopped, and what is in it %s: it can start fresh", (_sentence, resume, words) => {
  const { text, buttons } = drawn({ state: "stopped", wanted: "stopped", resume }, { devices: [] });
  expect(text).toContain(words);
  expect(buttons).toEqual(["Resume", "Start fresh", "Retire", "Why?"]);
});

test("stopping to go on with one GPU: it says so", () => {
  const { text, buttons } = drawn({ state: "stopping", wanted: "running", outcome: "ana stopped it." });
  expect(text).toContain("Then it asks for 1 GPU");
  expect(buttons).toEqual([]);
});

test("retired: what stays, and how to begin again", () => {
  const { line, text, buttons } = drawn({ state: "retired", wanted: "retired" }, { devices: [] });
  expect(line).toBe("*vision* is retired.");
  expect(text).toContain("are untouched");
  expect(buttons).toEqual(["New container", "Why?"]);
});

test("left the line: nothing was started", () => {
  expect(drawn({ state: "retired", wanted: "retired", grantedAt: null }, { devices: [] }).line).toBe(
    "*vision* left the line.",
  );
});

test("failed: why, and a way to try again", () => {
  const { line, text, buttons } = drawn(
    { state: "failed", wanted: "retired", outcome: "The image is not there." },
    { devices: [] },
  );
  expect(line).toBe("*vision* could not be started.");
  expect(text).toContain("The image is not there.");
  expect(buttons).toEqual(["Try again", "Why?"]);
});

test("no card says what its reader does not know", () => {
  const states = ["waiting", "starting", "running", "stopping", "stopped", "retired", "failed"] as const;
  for (const state of states)
    expect(drawn({ state }).text).not.toMatch(/docker|lease|\bslot|\brow\b|\bhold\b/i);
});
