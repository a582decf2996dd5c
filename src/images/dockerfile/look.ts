import type { BaseFacts, ImageContents } from "../../ledger/image-tables.ts";

/** Where the last step of every build writes what is in the image: to be read with the engine's `readFiles`. */
export const contentsPaths: readonly string[] = [];

/** What `readFiles` gave for `contentsPaths`. Throws if the file every image of ours has is not there. */
export function readContents(_files: ReadonlyMap<string, string | undefined>): ImageContents {
  throw new Error("not written yet");
}

/** A tiny build that writes what must be known of a base to `factsPaths`; nothing is installed by it. */
export function probeDockerfile(_baseRef: string): { dockerfile: string; files: Map<string, string> } {
  throw new Error("not written yet");
}

export const factsPaths: readonly string[] = [];

/** What `readFiles` gave for `factsPaths`. Throws if the probe left nothing. */
export function readBaseFacts(_files: ReadonlyMap<string, string | undefined>): BaseFacts {
  throw new Error("not written yet");
}
