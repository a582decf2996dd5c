import { execFile } from "node:child_process";
import { lstat } from "node:fs/promises";
import type { Clock } from "../world.ts";
import { namesBelow, needsMarker } from "./workspaces.ts";

/** One that hangs in a disk's wait is left behind; no second one is started before it is gone. */
let hanging = false;

/**
 * Counted by `du` and not by ourselves: a workspace may have millions of files, and those who wait for an answer must not
 * wait behind them. It yields to everybody else. Links are not followed, other file systems not entered, a file with
 * several names counts once.
 */
export async function spaceUsed(
  root: string,
  path: string,
  limitMs: number,
  clock: Pick<Clock, "sleep">,
): Promise<number | undefined> {
  await needsMarker(root);
  namesBelow(root, path);
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (!there?.isDirectory()) return 0;
  if (hanging) return undefined;

  hanging = true;
  const command = ["-n", "19", "ionice", "-c", "3", "du", "-s", "-x", "--block-size=1", "--", path];
  const counted = Promise.withResolvers<number | undefined>();
  const child = execFile(
    "nice",
    command,
    // Nothing of our own environment: it holds tokens.
    { env: { PATH: process.env.PATH, LC_ALL: "C" }, maxBuffer: 1024 * 1024, killSignal: "SIGKILL" },
    (_error, stdout) => {
      hanging = false;
      // It complains about files that were deleted meanwhile, and prints the sum all the same.
      const [, bytes] = /^(\d+)\t/.exec(stdout) ?? [];
      counted.resolve(bytes === undefined ? undefined : Number(bytes));
    },
  );
  const wait = new AbortController();
  const late = clock.sleep(limitMs, wait.signal).then(() => "late" as const);
  const first = await Promise.race([counted.promise, late]);
  wait.abort();
  if (first !== "late") return first;
  child.kill("SIGKILL");
  return undefined;
}
