import type { BaseFacts, Recipe } from "../../ledger/image-tables.ts";
import type { Policy } from "../../policy/keys.ts";

export type WriteOrder = {
  recipe: Recipe;
  facts: BaseFacts;
  /** The local name of what it stands on: `berth-base:0123456789ab`. */
  baseRef: string;
  settings: Pick<Policy, "pip" | "apt" | "proxy">;
  /** Whose image it is: the cache of their own packages is nobody else's. */
  memberId: number;
};

/**
 * The Dockerfile of a recipe and the files beside it (path in the build context → text). The same order gives the same
 * bytes. No word of a person stands in it: package lists are files. Throws a Refusal if the base lacks something (facts.missing).
 */
export function writeDockerfile(_order: WriteOrder): { dockerfile: string; files: Map<string, string> } {
  throw new Error("not written yet");
}

/** The predefined build arguments for a way out through a proxy; they leave no trace in the image. */
export function buildArgsOf(_settings: Pick<Policy, "proxy">): Record<string, string> {
  throw new Error("not written yet");
}
