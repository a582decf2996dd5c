/** What is wrong with one line of a list, in words for who typed it. */
export type LineProblem = {
  /** Counts from 1, as an editor does. */
  line: number;
  /** The line as typed, cut where it is long; characters that can't be seen are written out. */
  text: string;
  /** What is wrong: a full sentence. */
  sentence: string;
  /** What to write or do instead: a full sentence. */
  instead?: string;
};

/** `lines` are canonical and in the order they were typed; comments and empty lines are not among them. */
export type ReadLines = { lines: string[] } | { problems: LineProblem[] };

/** What a rule has to say about one line; where it stands is added by who reads the list. */
export type Wrong = { sentence: string; instead?: string };

export function problemAt(line: number, typed: string, wrong: Wrong): LineProblem {
  return { line, text: shown(typed), ...wrong };
}

const longest = 80;

/** For people's eyes: one line, not too long, with nothing in it that can't be seen. */
export function shown(typed: string): string {
  const visible = typed
    .trim()
    .replace(unseen, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`)
    .trim();
  return visible.length > longest ? `${[...visible].slice(0, longest - 1).join("")}…` : visible;
}

/** Control characters, line ends of any kind, spaces other than the plain one, marks that turn or hide text. */
const unseen = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
