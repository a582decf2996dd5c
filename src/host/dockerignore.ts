import { posix } from "node:path";

/**
 * `.dockerignore`, by the rules of `docker build`: the last line that matches a path or a directory above it decides.
 * Written here because its author may be hostile: the libraries make regular expressions of the lines, and one such as
 * `*a*a*a*a*a*a` would keep the whole bot busy for hours. This takes one walk along the path for a line, whatever stands in it.
 */
export type Ignore = {
  /** By a path from the workspace, without a slash at its end. */
  isIgnored(path: string): boolean;
  /** No line brings anything back: what lies below an ignored directory need not be looked at. */
  readonly isFinal: boolean;
};

const mostLines = 500;
const longestLine = 512;

/** Throws `IgnoreProblem` for a line that can't be read. */
export function readIgnore(text: string): Ignore {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap((line, index) => ruleOf(line.trim(), index + 1));
  if (rules.length > mostLines) throw new IgnoreProblem(`It has more than ${mostLines} lines.`);
  return {
    isIgnored: (path) => (rules.findLast((rule) => matches(rule.parts, path))?.keeps ?? true) === false,
    isFinal: rules.every(({ keeps }) => !keeps),
  };
}

/** The sentence is for the member. */
export class IgnoreProblem extends Error {
  override readonly name = "IgnoreProblem";
}

type Rule = { keeps: boolean; parts: Part[] };

/** One character, several, or `deep`: any; `directories`: nothing, or any up to a slash. */
type Part =
  | { is: "character"; one: string }
  | { is: "class"; members: string; not: boolean }
  | { is: "any" }
  | { is: "star" }
  | { is: "deep" }
  | { is: "directories" };

function ruleOf(line: string, number: number): Rule[] {
  if (line === "" || line.startsWith("#")) return [];
  if (line.length > longestLine)
    throw new IgnoreProblem(`Line ${number} is longer than ${longestLine} characters.`);
  const keeps = line.startsWith("!");
  const pattern = posix.normalize((keeps ? line.slice(1) : line).trim()).replace(/^\/+|\/+$/g, "");
  if (pattern === "" || pattern === ".") return [];
  return [{ keeps, parts: partsOf([...pattern], number) }];
}

function partsOf(pattern: readonly string[], number: number): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const one = pattern[i] ?? "";
    if (one === "*" && pattern[i + 1] === "*") {
      while (pattern[i + 1] === "*") i += 1;
      if (pattern[i + 1] === "/") i += 1;
      parts.push({ is: i + 1 < pattern.length ? "directories" : "deep" });
    } else if (one === "*") parts.push({ is: "star" });
    else if (one === "?") parts.push({ is: "any" });
    else if (one === "[") {
      const end = pattern.indexOf("]", i + 2);
      if (end < 0) throw new IgnoreProblem(`Line ${number} has a “[” without its “]”.`);
      const not = pattern[i + 1] === "^";
      parts.push({ is: "class", members: pattern.slice(i + (not ? 2 : 1), end).join(""), not });
      i = end;
    } else if (one === "\\") {
      i += 1;
      const escaped = pattern[i];
      if (escaped === undefined) throw new IgnoreProblem(`Line ${number} ends with a “\\”.`);
      parts.push({ is: "character", one: escaped });
    } else parts.push({ is: "character", one });
  }
  return parts;
}

/** Whether it matches the path or a directory above it. All ways through the pattern at once, a character at a time. */
function matches(parts: readonly Part[], path: string): boolean {
  let now = new Set<number>();
  enter(parts, 0, now);
  for (const one of path) {
    if (one === "/" && now.has(parts.length)) return true;
    const next = new Set<number>();
    for (const at of now) step(parts, at, one, next);
    if (next.size === 0) return false;
    now = next;
  }
  return now.has(parts.length);
}

/** What may match nothing is passed at once. */
function enter(parts: readonly Part[], at: number, into: Set<number>): void {
  for (let i = at; !into.has(i); i++) {
    into.add(i);
    const part = parts[i]?.is;
    if (part !== "star" && part !== "deep" && part !== "directories") return;
  }
}

/** In the middle of `directories`, which may be left after a slash only: a state of its own beside its beginning. */
const inside = longestLine * 2;

function step(parts: readonly Part[], state: number, one: string, into: Set<number>): void {
  const at = state % inside;
  const part = parts[at];
  if (part === undefined) return;
  if (part.is === "directories") {
    into.add(at + inside);
    if (one === "/") enter(parts, at + 1, into);
  } else if (part.is === "deep") enter(parts, at, into);
  else if (part.is === "star") {
    if (one !== "/") enter(parts, at, into);
  } else if (isOne(part, one)) enter(parts, at + 1, into);
}

function isOne(part: Part, one: string): boolean {
  if (part.is === "character") return part.one === one;
  if (one === "/") return false;
  if (part.is === "any") return true;
  return part.is === "class" && isMember(part.members, one) !== part.not;
}

function isMember(members: string, one: string): boolean {
  const all = [...members];
  for (let i = 0; i < all.length; i++) {
    const first = all[i] ?? "";
    const last = all[i + 1] === "-" ? all[i + 2] : undefined;
    if (last !== undefined) {
      if (one >= first && one <= last) return true;
      i += 2;
    } else if (one === first) return true;
  }
  return false;
}
