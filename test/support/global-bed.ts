import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { tryLock } from "../../src/demo/engine/lock.ts";
import { stopDemoEngine } from "../../src/demo/engine/start.ts";

/** As many files of engine tests run side by side, each in a worker with a bed of its own. */
export const bedsInRun = 2;

/**
 * vitest's globalSetup: which beds this run may use, and their end. The first test that wants one starts it, so a run of pure
 * rules has none. Beds are kept (the image is in them); runs side by side have others.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const beds = join(import.meta.dirname, "../../.berth/beds");
  await mkdir(beds, { recursive: true });
  const own: LockedBed[] = [];
  for (let count = 0; count < bedsInRun; count++) own.push(await freeBed(beds));
  endInOrder(project);
  project.provide("beds", { dirs: own.map(({ dir }) => dir), run: String(process.pid) });
  return async () => {
    await Promise.all(own.map(giveBack));
  };
}

type LockedBed = { dir: string; lock: string };

async function giveBack({ dir, lock }: LockedBed): Promise<void> {
  const usedBy = await readFile(join(dir, "run"), "utf8").catch(() => "");
  if (usedBy === String(process.pid)) {
    await stopDemoEngine(dir);
    // The one that test/bed starts beside it, if the run was cut short there.
    if (existsSync(join(dir, "beside"))) await stopDemoEngine(join(dir, "beside"));
  }
  await rm(join(dir, "run"), { force: true });
  await rm(lock, { force: true });
}

/** By itself vitest exits at a signal without any teardown. Now it ends as it does at its own Ctrl-C key; a second signal kills. */
function endInOrder({ vitest }: TestProject): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.removeAllListeners(signal);
    process.once(signal, async () => {
      process.exitCode = 130;
      await vitest.cancelCurrentRun("keyboard-input");
      await vitest.exit(true);
    });
  }
}

async function freeBed(beds: string): Promise<LockedBed> {
  for (let number = 1; number <= 20; number++) {
    const lock = join(beds, `${number}.lock`);
    if (await tryLock(lock)) return { dir: join(beds, String(number)), lock };
  }
  throw new Error(`All 20 beds in ${beds} are in use by running tests.`);
}

declare module "vitest" {
  export interface ProvidedContext {
    beds: { dirs: string[]; run: string };
  }
}
