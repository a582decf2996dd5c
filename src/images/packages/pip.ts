import type { ReadLines } from "./line-problem.ts";

/**
 * A list of Python packages as people type it or as a requirements.txt holds it: one requirement of PEP 508 a line.
 * Options of pip, paths, addresses of repositories and whatever pip would expand are refused, each with its line; all
 * problems at once. `allowUrls`: `name @ https://…` may be given.
 */
export function readPipLines(_text: string, _rules: { allowUrls: boolean }): ReadLines {
  throw new Error("not written yet");
}
