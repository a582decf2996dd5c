import { expect, test } from "vitest";
import { readAptLines } from "./apt.ts";

test("names by Debian's rules, one a line or several, each once", () => {
  expect(
    readAptLines("git tmux\n# tools\ng++, libstdc++6\nlibopenblas-dev\ngit\n0ad minisat+ python3.11"),
  ).toEqual({
    lines: ["git", "tmux", "g++", "libstdc++6", "libopenblas-dev", "0ad", "minisat+", "python3.11"],
  });
});

test.each([
  "git=1:2.39.5-0+deb12u2",
  "git=2.39",
  "linux-libc-dev=6.1.0-13~bpo1",
  "libc6:i386",
  "libc6:amd64=2.36-9+deb12u14",
  "x11-apps=7.7+9",
])("%s is a package", (line) => {
  expect(readAptLines(line)).toEqual({ lines: [line] });
});

test.each([
  ["Git", /Write git\./],
  ["g", /Write a name such as git/],
  ["-git", /Leave it out/],
  ["--purge vim", /Leave it out/],
  ["sudo-", /can't be taken away/],
  ["git/bookworm-backports", /Write git, or a version/],
  ["./x.deb", /Write a name such as/],
  ["git=*", /whole version/],
  ["git=", /whole version/],
  ["git=a1", /whole version/],
  ["git=1.0-", /whole version/],
  ["git==1.0", /whole version/],
  ["git>=1.0", /name=version/],
  ["git:x86", /git:amd64/],
  ["git:any", /git:amd64/],
  ["lib*", /Write a name/],
  ["task^", /Write a name/],
  ["?installed", /Write a name/],
  ["~nvim", /name=version/],
  ["deb http://example.org bookworm main", /Dockerfile of your own/],
  ["ppa:me/x", /Write a name/],
  ["gіt", /U\+0456|“git”/],
])("%s is refused: %s", (line, instead) => {
  const read = readAptLines(`tmux\n${line}`);
  if (!("problems" in read)) throw new Error(`${line} was taken`);
  expect(read.problems[0]?.line).toBe(2);
  expect(`${read.problems[0]?.sentence} ${read.problems[0]?.instead}`).toMatch(instead);
});

test("the same package in two versions is told; all problems at once", () => {
  expect(readAptLines("git=1.0 git=2.0\nVIM\n;")).toMatchObject({
    problems: [{ line: 1, sentence: "git stands in line 1 too, as “git=1.0”." }, { line: 2 }, { line: 3 }],
  });
});
