import { type LineProblem, problemAt } from "../packages/line-problem.ts";

/** An instruction in one line: what stood on several is joined, comments within it are gone. */
export type LogicalLine = {
  /** Where it begins in the text as typed, from 1. */
  line: number;
  /** Upper case. */
  keyword: string;
  rest: string;
};

const mostCharacters = 64_000;
const mostInstructions = 100;
const longestLine = 16_000;

/**
 * A Dockerfile cut into its instructions, each with its line. This cutting decides: what is built is what comes out of it,
 * not the text as typed. What a builder could cut otherwise (directives, odd line ends and spaces, doubled backslashes) is
 * refused.
 */
export function logicalLines(text: string): { lines: LogicalLine[]; problems: LineProblem[] } {
  const problems: LineProblem[] = [];
  const lines: LogicalLine[] = [];
  if (text.length > mostCharacters) {
    const sentence = "This is too long for a Dockerfile.";
    return {
      lines,
      problems: [problemAt(1, "", { sentence, instead: "Put what is long into a file and copy that." })],
    };
  }
  let open: { line: number; text: string } | undefined;
  const physical = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [i, typed] of physical.entries()) {
    const line = i + 1;
    const trimmed = typed.trim();
    const directive = /^#\s*(syntax|escape|check)\s*=/i.exec(trimmed)?.[1];
    if (directive !== undefined && lines.length === 0 && !open) {
      const sentence = `“# ${directive.toLowerCase()}=” would change how the rest is read.`;
      problems.push(problemAt(line, typed, { sentence, instead: "Leave the line out." }));
      continue;
    }
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const odd = oddCharacter(typed);
    if (odd !== undefined) {
      problems.push(problemAt(line, typed, odd));
      open = undefined;
      continue;
    }
    if (/\\\\[ \t]*$/.test(typed)) {
      const sentence = "Two backslashes at the end of a line are read in different ways.";
      problems.push(problemAt(line, typed, { sentence, instead: "End the line with one, or with none." }));
      open = undefined;
      continue;
    }
    const goesOn = /\\[ \t]*$/.test(typed);
    const part = goesOn ? typed.replace(/\\[ \t]*$/, "") : typed;
    open = open ? { ...open, text: open.text + part } : { line, text: part };
    if (goesOn) continue;
    finish(open, lines, problems);
    open = undefined;
  }
  if (open) {
    const sentence = "The last instruction ends with a backslash, and nothing comes after it.";
    problems.push(problemAt(open.line, open.text, { sentence, instead: "Take the backslash away." }));
  }
  const tooMany = lines[mostInstructions];
  if (tooMany) {
    const sentence = `These are more than ${mostInstructions} instructions.`;
    problems.push(
      problemAt(tooMany.line, tooMany.keyword, { sentence, instead: "Join some of the RUN lines with &&." }),
    );
  }
  return { lines, problems };
}

function finish(open: { line: number; text: string }, lines: LogicalLine[], problems: LineProblem[]): void {
  const [, keyword, rest = ""] = /^([A-Za-z]+)(?:[ \t]+(.*))?$/.exec(open.text.trim()) ?? [];
  if (keyword === undefined || open.text.length > longestLine) {
    const sentence =
      keyword === undefined ? "This is no instruction of a Dockerfile." : "This instruction is too long.";
    const instead =
      keyword === undefined
        ? "A line begins with a word such as FROM or RUN; one that goes on ends with a backslash."
        : "Put what is long into a file and copy that.";
    problems.push(problemAt(open.line, open.text, { sentence, instead }));
    return;
  }
  lines.push({ line: open.line, keyword: keyword.toUpperCase(), rest: rest.trim() });
}

/** Spaces that are none and characters that can't be seen are taken for line ends by some and for letters by others. */
function oddCharacter(typed: string): { sentence: string; instead: string } | undefined {
  const found = /(?!\t)[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.exec(typed)?.[0];
  if (found === undefined) return undefined;
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return {
    sentence: `There is a character in it that can't be seen (U+${code}).`,
    instead: "Type the line anew instead of copying it.",
  };
}
