import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { stopTestServer } from "./database.ts";

/**
 * vitest's globalSetup: where this run's Postgres server is to be, and its end. The first test that wants a database
 * starts it, so a run of pure rules has none.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = await mkdtemp(join(tmpdir(), "berth-test-"));
  project.provide("postgresStateDir", stateDir);
  return async () => {
    await stopTestServer(stateDir);
    await rm(stateDir, { recursive: true, force: true });
  };
}

declare module "vitest" {
  export interface ProvidedContext {
    postgresStateDir: string;
  }
}
