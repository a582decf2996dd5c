import type { ImageContents } from "../ledger/image-tables.ts";

/** What a running container has now: the outputs of `pip freeze` and `apt-mark showmanual`, line by line. */
export type InstalledNow = { pipFreeze: readonly string[]; aptManual: readonly string[] };

export type InstalledByHand = {
  /** Lines for a recipe: what the image lacks, or has in another version. */
  pip: string[];
  apt: string[];
  /** What can't be a line of a recipe (a folder in editable mode, a repository), each in words. */
  leftOut: string[];
};

export function installedByHand(_contents: ImageContents, _now: InstalledNow): InstalledByHand {
  throw new Error("not written yet");
}
