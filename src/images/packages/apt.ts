import type { ReadLines } from "./line-problem.ts";

/** A list of packages of the distribution: `name`, `name=version`, `name:arch` a line, by Debian's rules; all problems at once. */
export function readAptLines(_text: string): ReadLines {
  throw new Error("not written yet");
}
