import oracle from "@balena/dockerignore";
import fc from "fast-check";
import { expect, test } from "vitest";
import { IgnoreProblem, readIgnore } from "./dockerignore.ts";

test.each([
  ["data", "data/a/b.bin", true],
  ["data", "mydata", false],
  ["*.pyc", "a.pyc", true],
  ["*.pyc", "src/a.pyc", false],
  ["**/*.pyc", "a.pyc", true],
  ["**/*.pyc", "src/x/a.pyc", true],
  ["/data/", "data/x", true],
  ["**", "anything/at/all", true],
  ["a**/b", "axx/y/b", true],
  ["src/?.py", "src/a.py", true],
  ["src/?.py", "src/ab.py", false],
  ["[a-c].txt", "b.txt", true],
  ["[^a-c].txt", "b.txt", false],
  ["\\*.txt", "*.txt", true],
  ["\\*.txt", "a.txt", false],
  ["# data", "data", false],
  ["./a/../data", "data", true],
  ["*\n!keep", "keep/x", false],
  ["*\n!keep\nkeep/y", "keep/y", true],
  ["*\n!keep\nkeep/y", "keep/x", false],
])("the lines %j on %s: ignored is %s", (lines, path, ignored) => {
  expect(readIgnore(lines).isIgnored(path)).toBe(ignored);
});

test("without an exception nothing below an ignored folder need be looked at", () => {
  expect(readIgnore("data\n*.bin").isFinal).toBe(true);
  expect(readIgnore("data\n!data/keep").isFinal).toBe(false);
});

test.each(["a[b", "a\\", "x".repeat(600), "a\n".repeat(600)])("what can't be read is said: %#", (lines) => {
  expect(() => readIgnore(lines)).toThrow(IgnoreProblem);
});

test("each line matches what it matches for the reader that Docker's own clients use", () => {
  const word = fc.stringMatching(/^[ab]{1,3}$/);
  const wild = fc.oneof(word, fc.constantFrom("*", "**", "?", "a*", "*b", "a?b", "**a", "a**"));
  const line = fc.array(wild, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(line, fc.array(word, { minLength: 1, maxLength: 5 }), (lines, path) => {
      // An ignored folder is ignored with what is in it.
      const above = path.map((_, at) => path.slice(0, at + 1).join("/"));
      const ignored = above.some((one) => oracle.default().add([lines]).ignores(one));
      expect(readIgnore(lines).isIgnored(path.join("/"))).toBe(ignored);
    }),
    { numRuns: 5000 },
  );
});

test("a line that would keep a regular expression busy for hours is read like any other", () => {
  const lines = `${"*a".repeat(100)}b\n${"**/a".repeat(100)}b`;
  expect(readIgnore(lines).isIgnored("a".repeat(255))).toBe(false);
});
