import { readFile, rm, writeFile } from "node:fs/promises";
import { waitUntil } from "./command.ts";
import { isAlive } from "./processes.ts";

/**
 * Holds a lock between processes: a file with the holder's process id, made in one step. A holder that is dead has lost it.
 * Gives the function that lets go. Throws if it is still held after `limitSeconds`.
 */
export async function holdLock(path: string, limitSeconds: number): Promise<() => Promise<void>> {
  if (!(await waitUntil(() => tryLock(path), limitSeconds))) {
    throw new Error(`${path} has been held for ${limitSeconds} s by process ${await holderOf(path)}.`);
  }
  return () => rm(path, { force: true });
}

/** Takes the lock if it is free or its holder is dead. */
export async function tryLock(path: string): Promise<boolean> {
  const holder = await holderOf(path);
  if (holder !== undefined && !isAlive(holder)) await rm(path, { force: true });
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text === "" ? undefined : Number(text);
}
