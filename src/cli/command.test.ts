import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refusal } from "../errors.ts";
import { type ShellCommand, shellCommand, shellGroup, UsageError } from "./command.ts";

const printed = { out: [] as string[], err: [] as string[] };

beforeEach(() => {
  printed.out = [];
  printed.err = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void printed.out.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void printed.err.push(line));
});

afterEach(() => void vi.restoreAllMocks());

const said = (stream: "out" | "err") => printed[stream].join("\n");

function drainLike(): ShellCommand {
  return shellCommand({
    summary: "give a server no new work",
    usage: ['drain [gpu] "why"', "drain off"],
    flags: { from: "an instant", reason: "why", now: "switch" },
    examples: ['berth drain "new disks"'],
    async run(typed) {
      if (typed.words.length === 0) throw new UsageError("The reason is missing.");
      if (typed.words[0] === "refused")
        throw new Refusal("drained", "It is drained already.", { hint: "berth drain off ends it." });
      if (typed.words[0] === "broken") throw new Error("The ledger can't be reached.");
      console.log(JSON.stringify(typed));
      return undefined;
    },
  });
}

test.each([
  ["words keep what was quoted together", ["gpu", "new disks"], { words: ["gpu", "new disks"], flags: {} }],
  [
    "flags stand anywhere, with a space or =",
    ["--from=18:00", "gpu", "--reason", "new disks", "--now"],
    { words: ["gpu"], flags: { from: "18:00", reason: "new disks", now: true } },
  ],
  ["behind -- nothing is a flag", ["--", "--help me"], { words: ["--help me"], flags: {} }],
])("%s", async (_sentence, argv, typed) => {
  expect(await drainLike().run(argv)).toBe(0);
  expect(JSON.parse(said("out"))).toEqual(typed);
});

test.each([
  ["--form", "18:00", "There is no --form. Did you mean --from?"],
  ["--xyzzyx", "1", "There is no --xyzzyx. There are --from, --reason, --now."],
  ["--from", "--now", "--from needs an instant behind it."],
  ["--now=yes", "x", "--now takes nothing behind it."],
  ["-x", "x", "There is no -x."],
])("what can't be meant is said with the usage, exit code 2: %s %s", async (first, second, sentence) => {
  expect(await drainLike().run([first, second])).toBe(2);
  expect(said("err")).toContain(sentence);
  expect(said("err")).toContain('Usage: berth drain [gpu] "why"\n       berth drain off');
  expect(said("out")).toBe("");
});

test("a command may find its words wrong itself", async () => {
  expect(await drainLike().run([])).toBe(2);
  expect(said("err")).toContain("The reason is missing.");
});

test("a refusal is its sentence and what to do next, exit code 1", async () => {
  expect(await drainLike().run(["refused"])).toBe(1);
  expect(said("err")).toBe("It is drained already. berth drain off ends it.");
});

test("anything else is for whoever prints failures", async () => {
  await expect(drainLike().run(["broken"])).rejects.toThrow("The ledger can't be reached.");
});

test.each([[["--help"]], [["-h"]], [["help"]], [["gpu", "--help"]]])(
  "%j shows usage and examples",
  async (argv) => {
    expect(await drainLike().run(argv)).toBe(0);
    expect(said("out")).toMatch(
      /give a server no new work\.\n\nUsage: berth drain[\s\S]*For example:\n {2}berth drain/,
    );
  },
);

const group = () => shellGroup("node", "what admins do to servers", { drain: drainLike() });

test("a group passes on to the command that is named", async () => {
  expect(await group().run(["drain", "x"])).toBe(0);
  expect(JSON.parse(said("out")).words).toEqual(["x"]);
});

test.each([[[]], [["--help"]], [["help"]]])("a group with %j lists its commands", async (argv) => {
  expect(await group().run(argv)).toBe(0);
  expect(said("out")).toContain("berth node drain  give a server no new work");
});

test.each([
  ["drian", "There is no “berth node drian”. Did you mean “berth node drain”?"],
  ["constructor", "There is no “berth node constructor”."],
  ["\u001b[2J", "There is no “berth node �[2J”."],
])("a group doesn't know %j, exit code 2", async (word, sentence) => {
  expect(await group().run([word])).toBe(2);
  expect(said("err")).toContain(sentence);
});

test("a group may have something it does with other words", async () => {
  const off: ShellCommand = shellCommand({
    summary: "the other way round",
    usage: ["drain off"],
    examples: ["berth drain off"],
    run: async () => 0,
  });
  const drain = shellGroup("drain", "drain", { off }, drainLike());
  expect(await drain.run(["new disks"])).toBe(0);
  expect(JSON.parse(said("out")).words).toEqual(["new disks"]);
  expect(await drain.run(["off"])).toBe(0);
  expect(await drain.run([])).toBe(2);
});
