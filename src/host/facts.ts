import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname } from "node:path";
import { HostSilent } from "../errors.ts";
import type { HostFacts } from "./host.ts";

/** `disk` is the file system of that path. */
export async function hostFacts(disk: string): Promise<HostFacts> {
  const { bsize, bavail, blocks } = await statfs(disk).catch((error: NodeJS.ErrnoException) => {
    throw new HostSilent(`${disk} can't be looked at (${error.code}).`);
  });
  return {
    cpus: availableParallelism(),
    memoryMiB: Math.floor(totalmem() / 1024 ** 2),
    diskFreeBytes: bavail * bsize,
    diskTotalBytes: blocks * bsize,
  };
}

/** See `Host.diskAt`. */
export async function diskAt(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
  try {
    const { bsize, bavail, blocks } = await statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || dirname(path) === path)
      throw new HostSilent(`${path} can't be looked at (${code}).`);
    return diskAt(dirname(path));
  }
}
