import { type LineProblem, problemAt, type ReadLines, type Wrong } from "./line-problem.ts";
import { foreignCharacter } from "./lookalike.ts";
import { typedLines } from "./typed-lines.ts";

/**
 * A list of packages of the distribution, by Debian's rules for names and versions: `name`, `name=version`, `name:arch`,
 * one a line or several with spaces or commas between them. All problems at once. Safe to repeat.
 */
export function readAptLines(text: string): ReadLines {
  const typed = typedLines(text, "packages");
  if ("problems" in typed) return typed;
  const problems: LineProblem[] = [];
  const found: { line: number; name: string; whole: string }[] = [];
  for (const { line, text } of typed.lines) {
    const words = text.replace(/(^|\s)#.*$/u, "").trim();
    const foreign = foreignCharacter(words);
    if (foreign) {
      problems.push(problemAt(line, text, foreign));
      continue;
    }
    if (words.startsWith("-") || words.startsWith("deb ")) {
      problems.push(problemAt(line, text, judgeWord(words.split(" ")[0] ?? "") ?? noSource));
      continue;
    }
    for (const word of words.split(/[\s,]+/).filter(Boolean)) {
      const wrong = judgeWord(word);
      const [name = ""] = word.split("=");
      const twice = found.find((one) => one.name === name && one.whole !== word);
      if (wrong) problems.push(problemAt(line, word, wrong));
      else if (twice) {
        const sentence = `${name} stands in line ${twice.line} too, as “${twice.whole}”.`;
        problems.push(problemAt(line, word, { sentence, instead: "Keep one of the two." }));
      } else found.push({ line, name, whole: word });
    }
  }
  if (problems.length > 0) return { problems };
  return { lines: [...new Set(found.map(({ whole }) => whole))] };
}

const noSource: Wrong = {
  sentence: "A source of packages can't be added here.",
  instead: "Name packages of the distribution; with a Dockerfile of your own you can add a source.",
};

/** Debian Policy 5.6.1: at least two characters. */
const name = /^[a-z0-9][a-z0-9+.-]+$/;
/** Debian Policy 5.6.12: [epoch:]upstream[-revision]; the upstream part begins with a digit. */
const version = /^(?:\d{1,9}:)?\d[A-Za-z0-9.+~]*(?:-[A-Za-z0-9.+~]+)*$/;
const architectures = ["amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x", "all"];

function judgeWord(word: string): Wrong | undefined {
  const cut = word.slice(0, 60);
  const [left = "", ...versions] = word.split("=");
  const [bare = "", ...arches] = left.split(":");
  if (word.startsWith("-"))
    return {
      sentence: `“${cut}” is an option of apt; only names of packages can stand here.`,
      instead: "Leave it out.",
    };
  if (word.includes("/"))
    return /^[a-z0-9+.-]+\/[a-z0-9-]+$/.test(word)
      ? {
          sentence: `“${cut}” asks for another release of the distribution.`,
          instead: `Write ${word.split("/")[0]}, or a version as in ${word.split("/")[0]}=1.2-3.`,
        }
      : {
          sentence: `“${cut}” is a file or an address, not a package's name.`,
          instead: "Write a name such as git.",
        };
  if (!name.test(bare)) {
    const lower = bare.toLowerCase();
    const better = /[<>~!]/.test(bare)
      ? "Write name=version for exactly that version, or the name alone."
      : bare !== lower && name.test(lower)
        ? `Write ${lower}.`
        : "Write a name such as git or libopenblas-dev.";
    return {
      sentence: `“${cut}” can't be a package's name: those are lower-case letters, digits, plus, minus and dots, two characters at least.`,
      instead: better,
    };
  }
  // A plus at the end is harmless, and some names have one: minisat+.
  if (bare.endsWith("-"))
    return {
      sentence: `“${cut}” ends with a minus, which tells apt to take the package away.`,
      instead: `Write ${bare.slice(0, -1)}; packages of the base can't be taken away.`,
    };
  if (arches.length > 1 || (arches.length === 1 && !architectures.includes(arches[0] ?? "")))
    return {
      sentence: `“${arches.join(":").slice(0, 40)}” is no architecture of Debian.`,
      instead: `Write ${bare}, or one of ${architectures.map((one) => `${bare}:${one}`).join(", ")}.`,
    };
  if (versions.length > 1 || (versions.length === 1 && !version.test(versions[0] ?? "")))
    return {
      sentence: `“${versions.join("=").slice(0, 40)}” is no version of a Debian package.`,
      instead: `Write a whole version as in ${bare}=1:2.39.5-0+deb12u2, or ${bare} alone.`,
    };
  return undefined;
}
