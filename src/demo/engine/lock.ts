import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
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
  if (holder !== undefined && isAlive(holder)) return false;
  if (holder !== undefined) await rm(path, { force: true });
  // Linked, not written: it is there with its holder's number or not at all.
  const own = `${path}.${process.pid}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    await link(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
  // Two that found the same dead holder may each have removed "its" file: who is named in it has it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  return (await holderOf(path)) === process.pid;
}

async function holderOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text === "" ? undefined : Number(text);
}
