import type { ContainerSpec, Engine } from "../engine/engine.ts";
import type { Clock, Random, Settings } from "../world.ts";

/** What is needed to try something in a container. */
export type Bench = {
  /** For the instance `doctorInstance`: a bot that runs meanwhile must not take the doctor's containers for its own. */
  engine: Engine;
  settings: Settings;
  /** Images that may be deployed as they are; the first that the engine has is used, none is pulled. */
  images: readonly string[];
  clock: Clock;
  random: Random;
};

export function doctorInstance(settings: Settings): string {
  return `${settings.instance}-doctor`;
}

export type Probe = {
  id: string;
  /** Runs argv inside, 20 s at most. */
  exec(argv: readonly string[]): Promise<{ exitCode: number; output: string }>;
};

const leftOverAfterMs = 10 * 60_000;

/**
 * Starts a container as members get it, without mounts, and removes it whatever `use` does. `undefined`: no image is there.
 * Throws what the engine said if it can't be made or started.
 */
export async function withProbe<T>(
  bench: Bench,
  devices: readonly string[],
  use: (probe: Probe) => Promise<T>,
): Promise<T | undefined> {
  const { engine, random } = bench;
  await removeLeftOvers(bench);
  const image = await firstThere(bench);
  if (image === undefined) return undefined;
  await engine.ensureNetwork();
  const made = await engine.create(spec(bench, image, `berth-doctor-${random.token(8)}`, devices));
  if (made.is !== "created")
    throw new Error(`The engine did not make a container from ${image}: ${made.is}.`);
  const { id } = made;
  try {
    const started = await engine.start(id);
    if (started !== "started") throw new Error(`The container did not start: ${started}.`);
    return await use({
      id,
      async exec(argv) {
        const ran = await engine.exec(id, argv, 20);
        if (ran === "gone") throw new Error("The container ended while it was looked at.");
        return ran;
      },
    });
  } finally {
    await engine.remove(id);
  }
}

function spec({ settings }: Bench, image: string, name: string, devices: readonly string[]): ContainerSpec {
  return {
    name,
    hostName: "doctor",
    image,
    labels: { "berth.instance": doctorInstance(settings) },
    env: {},
    entrypoint: ["sleep", "180"],
    workingDir: "/",
    cpus: 1,
    memoryBytes: 256 * 1024 ** 2,
    shmBytes: 16 * 1024 ** 2,
    pids: 64,
    sudo: false,
    ptrace: false,
    devices,
    mounts: [],
    // Any that is free, and only this machine reaches it: nothing listens behind it.
    ssh: { bind: "127.0.0.1", port: 0 },
    stopGraceSeconds: 1,
  };
}

/** The first image that may be deployed as it is and that the engine has. */
export async function firstThere({ engine, images }: Bench): Promise<string | undefined> {
  for (const ref of images) if ((await engine.image(ref)) !== undefined) return ref;
  return undefined;
}

/** Of a doctor that was killed; one that is at work now keeps its own. */
async function removeLeftOvers({ engine, settings, clock }: Bench): Promise<void> {
  const instance = doctorInstance(settings);
  const before = clock.now().getTime() - leftOverAfterMs;
  for (const { id, labels, createdAt } of await engine.list())
    if (labels["berth.instance"] === instance && createdAt.getTime() < before) await engine.remove(id);
}
