import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { authorizedKeysFile, places } from "./places.ts";
import { replaceFile, rootsDirectory } from "./replace-file.ts";

/**
 * The member's keys as sshd reads them, in the directory that is mounted in all their containers: the next sign-in sees
 * them, nothing is restarted. No keys: an empty file, so nobody gets in. Safe to repeat.
 * Open sessions are not touched by a key that is gone: `endSessionsCommand` ends them.
 */
export async function writeKeys(stateDir: string, memberId: number, keys: readonly KeyLine[]): Promise<void> {
  const directory = places(stateDir).keysOf(memberId);
  await rootsDirectory(directory);
  await replaceFile(join(directory, authorizedKeysFile), keys.map(line).join(""), 0o644);
}

/** The lines of that file as they stand, for a ledger that has lost the member; empty where there is none. */
export async function readKeyLines(stateDir: string, memberId: number): Promise<string[]> {
  const path = join(places(stateDir).keysOf(memberId), authorizedKeysFile);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").filter((one) => one.trim() !== "");
}

export type KeyLine = { type: string; body: string; comment: string };

function line({ type, body, comment }: KeyLine): string {
  return `${type} ${body} ${comment.replaceAll(/\p{Cc}/gu, " ")}`.trim().concat("\n");
}
