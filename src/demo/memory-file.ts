import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MemoryEngine, SavedEngine } from "../engine/memory-engine.ts";

/** So that a second start of a demo without root finds its pretended containers as they were left. */
export async function keepMemoryEngine(stateDir: string, engine: MemoryEngine): Promise<void> {
  await writeFile(fileIn(stateDir), JSON.stringify(engine.saved()));
}

export async function savedMemoryEngine(stateDir: string): Promise<SavedEngine | undefined> {
  try {
    return JSON.parse(await readFile(fileIn(stateDir), "utf8")) as SavedEngine;
  } catch {
    return undefined;
  }
}

const fileIn = (stateDir: string) => join(stateDir, "memory-engine.json");
