import { expect, test } from "vitest";
import { Refusal } from "../errors.ts";
import { checkHandle, proposeHandle } from "./handles.ts";

test.each([
  ["a first name is taken as it is", "Ana", [], "ana"],
  ["of several words the first", "Ana María López", [], "ana"],
  ["the first is taken: the whole name", "Ana María", ["ana"], "ana-maria"],
  ["both are taken: a number", "Ana María", ["ana", "ana-maria"], "ana-2"],
  ["the number is taken too: the next", "Ana", ["ana", "ana-2"], "ana-3"],
  ["a name that means something on a server", "Root", [], "root-2"],
  ["one letter is too short for a handle", "Q Xi", [], "q-xi"],
  ["nothing is left of it", "李明", [], "member"],
  ["digits in front", "007 Bond", [], "bond"],
  ["signs that a shell would read", "$(rm -rf /) `x`", [], "rm"],
])("%s", (_sentence, name, taken, expected) => {
  expect(proposeHandle(name, new Set(taken))).toBe(expected);
});

test("whatever somebody is called, what is proposed can be had", () => {
  const names = [
    "Ana",
    "Root",
    "a",
    "",
    "🙂",
    "x".repeat(200),
    "-a-",
    "Ana--Lu",
    "sudo",
    "Q",
    "Æther",
    "9",
    "Ana María",
  ];
  const taken = new Set<string>();
  for (const name of [...names, ...names, ...names]) {
    const handle = proposeHandle(name, taken);
    expect(checkHandle(handle)).toBe(handle);
    expect(taken.has(handle)).toBe(false);
    taken.add(handle);
  }
});

test.each([
  ["a", "can't be a user name"],
  ["Ana", "can't be a user name"],
  ["ana_b", "can't be a user name"],
  ["-ana", "can't be a user name"],
  ["ana-", "can't be a user name"],
  ["ana--b", "can't be a user name"],
  ["9ana", "can't be a user name"],
  ["a".repeat(32), "can't be a user name"],
  ["ana\nroot", "can't be a user name"],
  ["root", "means something else on a server"],
  ["www-data", "means something else on a server"],
])("%j is refused with one that can be had", (handle, why) => {
  const refused = () => checkHandle(handle);
  expect(refused).toThrow(Refusal);
  expect(refused).toThrow(why);
  try {
    refused();
  } catch (error) {
    const [, better = ""] = /“([^”]+)”\.$/.exec((error as Refusal).hint ?? "") ?? [];
    expect(checkHandle(better)).toBe(better);
  }
});

test("31 letters are allowed", () => {
  expect(checkHandle("a".repeat(31))).toBe("a".repeat(31));
});
