import { expect, test } from "vitest";
import { z } from "zod";
import { Refusal } from "../errors.ts";
import { defineCommand, usageOf } from "./define-command.ts";
import { parse } from "./parse.ts";

const command = defineCommand({
  name: "container-deploy",
  summary: "Start one",
  for: "members",
  args: z.object({
    project: z.string(),
    gpus: z.coerce.number({ error: "The number of GPUs must be a number." }).optional(),
    cpuOnly: z.boolean().optional(),
  }),
  byPlace: ["project"],
  flags: { gpus: "N", cpuOnly: "switch" },
  examples: ["/container-deploy vision --gpus 2"],
  run: async () => ({ kind: "nothing" }),
});

const resting = defineCommand({
  ...{ name: "berth", summary: "Ask", for: "anyone", examples: [] },
  args: z.object({ project: z.string(), about: z.string().optional() }),
  byPlace: ["project", "about"],
  takesRest: true,
  run: async () => ({ kind: "nothing" }),
});

const read = (text: string) => parse(command, text, "");
const refusal = (text: string): Refusal => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error(`not refused: ${text}`);
};

test.each([
  ["places and flags in any order", "--gpus 2 vision", { project: "vision", gpus: 2 }],
  ["an equals sign", "vision --gpus=2", { project: "vision", gpus: 2 }],
  ["a switch takes nothing", "--cpu-only vision", { project: "vision", cpuOnly: true }],
  ["a phone's long dash", "vision —cpu-only", { project: "vision", cpuOnly: true }],
])("%s", (_sentence, text, args) => {
  expect(read(text)).toEqual({ args, words: expect.any(Array) });
});

test("what was quoted together is one word, for whoever wants to know", () => {
  expect(parse(resting, 'drain gpu 3 "new disks"', "")).toEqual({
    args: { project: "drain", about: "gpu 3 new disks" },
    words: ["drain", "gpu", "3", "new disks"],
  });
});

test.each([
  ["help", "help"],
  ["--help anywhere", "vision --gpus 2 --help"],
])("%s asks for help", (_sentence, text) => {
  expect(read(text)).toEqual({ help: true });
});

test.each([
  [
    "a flag nobody knows is answered with the nearest",
    "vision --gpu 2",
    "There is no --gpu. Did you mean --gpus?",
  ],
  [
    "a flag far from all is answered with all",
    "vision --colour red",
    "There is no --colour. There are --gpus, --cpu-only.",
  ],
  ["a word too many", "vision 2", "I don't know what to do with “2”."],
  ["a flag with nothing behind it", "vision --gpus", "--gpus needs N behind it."],
  ["a flag followed by a flag", "vision --gpus --cpu-only", "--gpus needs N behind it."],
  ["a switch with something behind it", "vision --cpu-only=yes", "--cpu-only takes nothing behind it."],
  ["a flag given twice", "vision --gpus 1 --gpus 2", "--gpus stands there twice."],
  ["a number that is none", "vision --gpus two", "The number of GPUs must be a number."],
  ["nothing at all", "", "The project is missing."],
])("%s is refused with the usage line", (_sentence, text, message) => {
  expect(refusal(text).message).toBe(message);
  expect(refusal(text).hint).toBe("It goes like this: /container-deploy <project> [--gpus N] [--cpu-only]");
});

test("the usage line carries the workspace's prefix", () => {
  expect(usageOf(command, "lab-")).toBe("/lab-container-deploy <project> [--gpus N] [--cpu-only]");
});
