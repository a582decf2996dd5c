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

export type KeyLine = { type: string; body: string; comment: string };

function line({ type, body, comment }: KeyLine): string {
  return `${type} ${body} ${comment.replaceAll(/\p{Cc}/gu, " ")}`.trim().concat("\n");
}
