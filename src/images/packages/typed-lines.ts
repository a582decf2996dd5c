import { type LineProblem, problemAt } from "./line-problem.ts";

const mostCharacters = 40_000;
const mostLines = 500;
const longestLine = 1_000;

/** The lines of what somebody typed or handed over as a file, with their numbers; a byte order mark and Windows' line ends are nobody's fault. */
export function typedLines(
  text: string,
  what: string,
): { lines: { line: number; text: string }[] } | { problems: LineProblem[] } {
  if (text.length > mostCharacters)
    return tooLong(1, "", `This is too long for a list of ${what}.`, `Give at most ${mostLines} lines.`);
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((text, i) => ({ line: i + 1, text }))
    .filter(({ text }) => text.trim() !== "");
  const long = lines.find(({ text }) => text.length > longestLine);
  if (long) return tooLong(long.line, long.text, "This line is too long.", "Write one package a line.");
  const last = lines[mostLines];
  if (last)
    return tooLong(
      last.line,
      last.text,
      `These are more than ${mostLines} lines.`,
      "Leave out what others bring along anyway.",
    );
  return { lines };
}

function tooLong(line: number, text: string, sentence: string, instead: string): { problems: LineProblem[] } {
  return { problems: [problemAt(line, text, { sentence, instead })] };
}
