import { expect, test } from "vitest";
import { Refusal } from "../errors.ts";
import { readDrain, readName, readPause, readStop } from "./admin-words.ts";

/** A Friday, 15:00 in Berlin. */
const reader = { now: new Date("2026-11-27T14:00:00Z"), timeZone: "Europe/Berlin", nodes: ["gpu1", "mars"] };
const six = new Date("2026-11-27T17:00:00Z");

test.each<[string, string[], unknown]>([
  ["a reason alone is for the only server", ["new disks"], { target: {}, reason: "new disks" }],
  ["without quotes too", ["new", "disks"], { target: {}, reason: "new disks" }],
  ["a server by its name", ["mars", "new disks"], { target: { nodeId: "mars" }, reason: "new disks" }],
  ["one GPU", ["gpu", "3", "it is hot"], { target: { gpuIndex: 3 }, reason: "it is hot" }],
  ["one GPU in one word", ["GPU3", "it is hot"], { target: { gpuIndex: 3 }, reason: "it is hot" }],
  [
    "a server called like a GPU is the server",
    ["gpu1", "hot"],
    { target: { nodeId: "gpu1" }, reason: "hot" },
  ],
  [
    "a GPU of a server",
    ["mars", "gpu", "0", "hot"],
    { target: { nodeId: "mars", gpuIndex: 0 }, reason: "hot" },
  ],
  ["what is quoted is a reason, whatever it says", ["gpu 3 is hot"], { target: {}, reason: "gpu 3 is hot" }],
  [
    "an instant behind from",
    ["from", "18:00", "new disks"],
    { target: {}, endsAt: six, reason: "new disks" },
  ],
  [
    "an instant of several words",
    ["from", "in", "3", "h", "new", "disks"],
    { target: {}, endsAt: six, reason: "new disks" },
  ],
  [
    "a quoted instant",
    ["gpu", "3", "from", "today 18:00", "hot"],
    { target: { gpuIndex: 3 }, endsAt: six, reason: "hot" },
  ],
  ["no reason yet: the use case asks for it", ["gpu", "3"], { target: { gpuIndex: 3 }, reason: "" }],
])("drain: %s", (_sentence, words, read) => {
  expect(readDrain(words, reader)).toEqual({ off: false, ...(read as object) });
});

test.each<[string[], unknown]>([
  [["off"], {}],
  [["OFF"], {}],
  [["gpu", "3", "off"], { gpuIndex: 3 }],
  [["mars", "off"], { nodeId: "mars" }],
])("drain: %j ends it", (words, target) => {
  expect(readDrain(words, reader)).toEqual({ off: true, target });
});

test("pause: a reason, or off", () => {
  expect(readPause(["the", "new driver"])).toEqual({ off: false, reason: "the new driver" });
  expect(readPause(["off"])).toEqual({ off: true });
  expect(readPause(["off for the night"])).toEqual({ off: false, reason: "off for the night" });
});

const vision = { handle: "ana", project: "vision" };
test.each<[string, string[], unknown]>([
  [
    "without an instant it is the first that leaves time to answer",
    ["ana/vision", "disk full"],
    { reason: "disk full" },
  ],
  ["at once", ["ana/vision", "now", "disk full"], { at: "now", reason: "disk full" }],
  ["at an instant", ["@ana/vision", "at", "18:00", "disk", "full"], { at: six, reason: "disk full" }],
  [
    "what is quoted is a reason, whatever it says",
    ["ana/vision", "now or never"],
    { reason: "now or never" },
  ],
])("stop: %s", (_sentence, words, read) => {
  expect(readStop(words, reader)).toEqual({ ...vision, ...(read as object) });
});

const refusals: [string, () => unknown, string][] = [
  ["drain gpu hot", () => readDrain(["gpu", "hot"], reader), "Which GPU? Its number is missing."],
  [
    "drain mras from 18:00 x",
    () => readDrain(["mras", "from", "18:00", "x"], reader),
    "I don't know a server “mras”. There is gpu1, mars",
  ],
  [
    "drain from teatime x",
    () => readDrain(["from", "teatime", "x"], reader),
    "“teatime x” is not a time I can read.",
  ],
  ["drain from", () => readDrain(["from"], reader), "The time is missing."],
  ["drain from 14:00 x", () => readDrain(["from", "14:00", "x"], reader), "“14:00” is over already."],
  ["drain of", () => readDrain(["of"], reader), "Did you mean off?"],
  ["pause resume", () => readPause(["resume"]), "Did you mean off?"],
  [
    "stop vision x",
    () => readStop(["vision", "x"], reader),
    "“vision” does not say whose container it is. It is typed ana/vision",
  ],
  ["stop", () => readStop([], reader), "Whose container?"],
  [
    "stop ana/vision at x",
    () => readStop(["ana/vision", "at", "x"], reader),
    "“x” is not a time I can read.",
  ],
  ["a/b/c", () => readName("a/b/c"), "does not say whose"],
];
test.each(refusals)("%s is refused in words", (_typed, read, sentence) => {
  const said = () => {
    try {
      return read();
    } catch (error) {
      return error instanceof Refusal ? `${error.message} ${error.hint}` : error;
    }
  };
  expect(said()).toContain(sentence);
});
