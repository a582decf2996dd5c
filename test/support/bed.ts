import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { inject } from "vitest";
import { holdLock } from "../../src/demo/engine/lock.ts";
import { type DemoEngine, startDemoEngine, stopDemoEngine } from "../../src/demo/engine/start.ts";
import { gpuServer } from "../../src/demo/gpus/server.ts";
import { type GpuSimulator, gpuSimulator } from "../../src/demo/gpus/simulator.ts";
import { ensureDemoImage } from "../../src/demo/image/ensure.ts";

/** A whole GPU server without GPUs, the same one for every test of a worker. */
export type Bed = {
  engine: DemoEngine;
  socketPath: string;
  /** `ssh -p <published port> <handle>@<sshAddress>`. */
  sshAddress: string;
  /** Four A100, the last one cut into 3g.20gb, 2g.10gb and 2 × 1g.5gb; idle until a test says otherwise. */
  gpus: GpuSimulator;
  workspacesRoot: string;
  /** Has sshd, sudo, rsync, tmux, Python and /opt/venv. */
  imageRef: string;
  /** Removes every container and puts the GPUs back as they were made. Good in a `beforeEach`. */
  clear(): Promise<void>;
};

/**
 * The bed, running and empty when the run's first test asks for it. Call it in `beforeAll`; nothing is to be closed, the run
 * stops it at its end. A test that kills or freezes the engine must `resume` it.
 * Fails with a sentence where the machine can't have an engine of its own: such tests are never skipped.
 */
export async function bed(): Promise<Bed> {
  const lack = process.env.BERTH_NO_ENGINE;
  if (lack) throw new Error(`This test needs a real engine, and this machine can't have one: ${lack}.`);
  const { run } = inject("beds");
  const dir = bedDir();
  await mkdir(dir, { recursive: true });
  const unlock = await holdLock(join(dir, "bed.lock"), 600);
  try {
    const gpus = gpuSimulator({
      dir: join(dir, "gpus"),
      server: gpuServer({ seed: dir }),
      busyWhenHeld: false,
    });
    const isFirst = (await readFile(join(dir, "run"), "utf8").catch(() => "")) !== run;
    if (isFirst) await stopDemoEngine(dir);
    await writeFile(join(dir, "run"), run);
    const engine = await startDemoEngine({ stateDir: dir, gpuBinDir: gpus.binDir });
    const cacheDir = join(dir, "../../cache");
    const { ref } = await ensureDemoImage({ socketPath: engine.socketPath, cacheDir });
    const clear = () => empty(engine, gpus);
    if (isFirst) await clear();
    const { socketPath, sshAddress, workspacesRoot } = engine;
    return { engine, socketPath, sshAddress, gpus, workspacesRoot, imageRef: ref, clear };
  } finally {
    await unlock();
  }
}

/** Everything of this worker's bed is in here. */
export function bedDir(): string {
  const { dirs } = inject("beds");
  // vitest numbers the workers that run at the same time from 1.
  const dir = dirs[Number(process.env.VITEST_POOL_ID) - 1];
  if (!dir) throw new Error("vitest.config.ts lets more workers use the engine than there are beds.");
  return dir;
}

async function empty(engine: DemoEngine, gpus: GpuSimulator): Promise<void> {
  gpus.reset();
  const docker = new Docker({ socketPath: engine.socketPath });
  const containers = await docker.listContainers({ all: true });
  await Promise.all(
    containers.map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch((error: { statusCode?: number }) => {
          // Gone, or going by itself.
          if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
        }),
    ),
  );
  // Whoever has a project's name next may have another number.
  for (const member of await readdir(engine.workspacesRoot, { withFileTypes: true }))
    if (member.isDirectory())
      await rm(join(engine.workspacesRoot, member.name), { recursive: true, force: true });
}
