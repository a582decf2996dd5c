/** What is wrong with one line of a list, in words for who typed it. */
export type LineProblem = {
  /** Counts from 1, as an editor does. */
  line: number;
  /** The line as typed, cut where it is long; control characters are shown, not kept. */
  text: string;
  /** What is wrong: a full sentence. */
  sentence: string;
  /** What to write or do instead: a full sentence. */
  instead?: string;
};

/** `lines` are canonical and in the order they were typed; comments and empty lines are not among them. */
export type ReadLines = { lines: string[] } | { problems: LineProblem[] };
