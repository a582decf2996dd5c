import type { BuildNow } from "../../engine/build.ts";
import type { BuildProgress } from "../../ledger/image-tables.ts";

const longest = 100;

/** The engine's steps in people's words. */
export function engineSteps({ steps, of }: BuildNow): BuildProgress {
  return {
    steps: steps.map(({ name, seconds, cached }) => ({
      name: stepName(name),
      seconds: seconds ?? null,
      cached,
    })),
    of,
  };
}

/** `[2/7] RUN --mount=… apt-get …` as a person would say it. */
export function stepName(name: string): string {
  const instruction = name.replace(/^\[[^\]]*\]\s*/, "");
  for (const [pattern, words] of known) if (pattern.test(instruction)) return words;
  const said = instruction
    .replace(/^RUN\s+/i, "")
    .replace(/(^|\s)--(mount|from|chmod|chown|link)=\S+/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return said.length > longest ? `${said.slice(0, longest - 1)}…` : said;
}

const known: readonly (readonly [RegExp, string])[] = [
  [/^FROM /i, "The base"],
  [/^exporting/i, "Storing the image"],
];
