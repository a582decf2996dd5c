import { expect, test } from "vitest";
import { whyFailed } from "./why-failed.ts";

const step = "[7/9] RUN --mount=type=bind,source=pip/own.txt,target=/tmp/own.txt pip install -r /tmp/own.txt";
const frame = 'process "/bin/sh -c pip install -r /tmp/own.txt" did not complete successfully: exit code: 1';
const why = (printed: string, error = frame) => whyFailed({ step: undefined, error, printed });

test.each([
  [
    "a Python package that does not exist",
    `Looking in indexes: https://pypi.org/simple
ERROR: Could not find a version that satisfies the requirement nunpy (from versions: none)
ERROR: No matching distribution found for nunpy`,
    "There is no Python package that fits “nunpy”. Is it spelt right, and made for this Python?",
  ],
  [
    "a version that does not exist, with those that do",
    `ERROR: Could not find a version that satisfies the requirement numpy==9.9 (from versions: 1.3.0, 1.4.1, 1.26.3, 1.26.4, 2.0.0, 2.0.1, 2.1.0, 2.2.0)
ERROR: No matching distribution found for numpy==9.9`,
    "There is no version of the Python package numpy that fits “numpy==9.9”. There are: …, 1.26.3, 1.26.4, 2.0.0, 2.0.1, 2.1.0, 2.2.0.",
  ],
  [
    "packages that exclude each other",
    `ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested a==1
ERROR: ResolutionImpossible: for help visit https://pip.pypa.io`,
    "The Python packages don't go together: Cannot install a==1 and b==2 because these package versions have conflicting dependencies. Leave versions open, or ask for others.",
  ],
  [
    "a package of the distribution that does not exist",
    `Reading package lists...
E: Unable to locate package gitt`,
    "There is no Debian or Ubuntu package called “gitt” for this base. Is it spelt right?",
  ],
  [
    "a version of one that does not exist",
    "E: Version '9:9' for 'git' was not found",
    "There is no version 9:9 of the package “git” for this base.",
  ],
  [
    "no room",
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    "The server's disk was full. Delete images or files that nobody needs, or ask an admin; then build it again.",
  ],
  [
    "an index that can't be reached comes before the package that was not found on it",
    `WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/numpy/
ERROR: Could not find a version that satisfies the requirement numpy (from versions: none)
ERROR: No matching distribution found for numpy`,
    "The server could not reach where packages come from. Try again later; if it stays so, an admin should look at its network.",
  ],
  [
    "a package that must be compiled",
    "  error: subprocess-exited-with-error\nERROR: Failed building wheel for llama-cpp-python\nERROR: ERROR: Failed to build installable wheels",
    "The Python package “llama-cpp-python” has to be compiled and that failed; the log says what it needs. Another version may come ready made.",
  ],
])("%s", (_what, printed, sentence) => {
  expect(why(printed)).toBe(sentence);
});

test("a file that a Dockerfile copies and that is not there is named", () => {
  const error =
    'failed to compute cache key: failed to calculate checksum of ref abc::def: "/data/train.csv": not found';
  expect(why("", error)).toBe(
    "The Dockerfile copies “data/train.csv”, which is not in the project's folder.",
  );
});

test("otherwise the last line that reads like an error, not the engine's frame around it", () => {
  expect(
    whyFailed({
      step: "make",
      error: frame,
      printed: "compiling\nmake: *** [all] Error 2 failed\nbye\n",
    }),
  ).toBe("make: *** [all] Error 2 failed (at the step “make”)");
  expect(whyFailed({ step, error: frame, printed: "one\ntwo\n" })).toMatch(/^two \(at the step/);
  expect(why("")).toBe("It ended with exit code 1 and said nothing.");
});

test("whatever is printed makes one short line", () => {
  const sentence = why(
    `${"x".repeat(100_000)} error\n${"E: Unable to locate package ".repeat(3)}${"y".repeat(5000)}`,
  );
  why(`failed to compute cache key ${"a".repeat(60_000)}\n`.repeat(80));
  expect(sentence.length).toBeLessThan(400);
  expect(sentence).not.toContain("\n");
});
