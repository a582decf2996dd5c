import { expect, test } from "vitest";
import { asked, drawn, evening, later, now } from "../../../test/slack/drawn-card.ts";

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
