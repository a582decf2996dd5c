import type { Wrong } from "../packages/line-problem.ts";

/** What a member's own Dockerfile may stand on. */
export type AllowedBases = {
  /** `docker.io/aimehub`: everything below it. */
  registries: readonly string[];
  /** Images of the catalogue; any version of them will do. */
  images: readonly string[];
  /** Images that Berth made, of any member, are no bases: `<prefix>-<handle>/…`. */
  imagePrefix: string;
};

/** What is known while going through it. */
export type Judging = {
  allowed: AllowedBases;
  context: boolean;
  /** Names of the stages so far, the current one last; `undefined` for one without a name. */
  stages: (string | undefined)[];
  bases: string[];
  copies: boolean;
};

/** What follows on the next lines would be text to one builder and instructions to another. */
export function judgeHeredoc(rest: string): Wrong | undefined {
  if (!/(^|[^<])<<(?!<)/.test(rest)) return undefined;
  return {
    sentence: "A text that goes on over lines (<<) can't stand here.",
    instead: "Write the text with printf, or into a file that is copied.",
  };
}

export function isListOfWords(rest: string): boolean {
  try {
    const read: unknown = JSON.parse(rest);
    return (
      Array.isArray(read) && read.length > 0 && read.every((one) => typeof one === "string" && one !== "")
    );
  } catch {
    return false;
  }
}
