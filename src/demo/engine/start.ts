import { mkdir, realpath, rm } from "node:fs/promises";
import { request } from "node:http";
import { waitUntil } from "./command.ts";
import { answers, startDaemons } from "./daemons.ts";
import { raiseKernelSettings, restoreKernelSettings } from "./kernel-settings.ts";
import { holdLock } from "./lock.ts";
import { mountWorkspaces, unmountBelow } from "./mounts.ts";
import { chooseAddresses, layNetwork, removeNetwork } from "./network.ts";
import type { Place } from "./place.ts";
import { endProcesses, pidsOf, signal, standsStill } from "./processes.ts";

/** A running container engine of our own, apart from any other on this machine. */
export type DemoEngine = {
  socketPath: string;
  /** The address that containers' ports are published on; `ssh -p <port> <handle>@<sshAddress>` works on this machine. */
  sshAddress: string;
  /** The host as the engine's network sees it. Services here are closed to containers. */
  hostAddress: string;
  /** A `nosuid,nodev` mount, 0700 root, with the marker file `.berth-workspaces`. */
  workspacesRoot: string;
  logPath: string;
  /** True if it was running already, left by an earlier run. */
  attached: boolean;
  /** Sentences on settings of the whole machine that are raised while a bed runs. */
  raised: string[];
  /** SIGKILL to the engine, as if it had crashed. Containers go on; nothing answers until `resume`. */
  kill(): Promise<void>;
  /** The engine stands still without closing anything (SIGSTOP): callers hang until `resume`. */
  freeze(): Promise<void>;
  /** Ends `kill` or `freeze`: the engine answers again and has found its containers. Safe to call when it runs. */
  resume(): Promise<void>;
  /** Ends all containers (3 s grace) and the engine; takes away processes, mounts, network and rules. Safe to repeat. */
  stop(): Promise<void>;
};

export type DemoEngineOptions = {
  /** Everything that is kept is in here; a bed is known by this folder. */
  stateDir: string;
  /** A folder whose programs the engine finds first: the GPU simulator's hook and `nvidia-smi`. */
  gpuBinDir?: string;
};

/**
 * Starts an engine of our own in its own network, or attaches to the one that an earlier run left. What a killed run left
 * half done is used or cleared. Tries three times. Needs root, dockerd, containerd, ip, iptables and nsenter.
 * Throws with what failed and the last lines of the engine's log.
 */
export async function startDemoEngine(options: DemoEngineOptions): Promise<DemoEngine> {
  if (process.getuid?.() !== 0)
    throw new Error("An engine of its own needs root. Run the same command with sudo.");
  await mkdir(options.stateDir, { recursive: true });
  const stateDir = await realpath(options.stateDir);
  const unlock = await holdLock(`${stateDir}/engine.lock`, 180);
  try {
    return await startOrAttach(stateDir, options.gpuBinDir);
  } finally {
    await unlock();
  }
}

/** Stops a bed by its folder, whatever is left of it, without starting it. Safe to repeat. */
export async function stopDemoEngine(stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  await stop(await chooseAddresses(await realpath(stateDir)));
}

async function startOrAttach(stateDir: string, gpuBinDir: string | undefined): Promise<DemoEngine> {
  const place = await chooseAddresses(stateDir);
  const attached = pidsOf("dockerd", place.runDir).length > 0 && (await answers(place.socketPath));
  let failure: unknown;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const raised = await raiseKernelSettings();
      await layNetwork(place);
      await mountWorkspaces(place.workspacesRoot);
      await startDaemons(place, gpuBinDir);
      return demoEngine(place, { attached, raised }, gpuBinDir);
    } catch (error) {
      failure = error;
      await clear(place);
    }
  }
  throw failure;
}

function demoEngine(
  place: Place,
  found: Pick<DemoEngine, "attached" | "raised">,
  gpuBinDir: string | undefined,
): DemoEngine {
  return {
    socketPath: place.socketPath,
    sshAddress: place.engineAddress,
    hostAddress: place.hostAddress,
    workspacesRoot: place.workspacesRoot,
    logPath: place.logPath,
    ...found,
    async kill() {
      const pids = pidsOf("dockerd", place.runDir);
      for (const pid of pids) signal(pid, "SIGKILL");
      await endProcesses(pids, 5);
    },
    async freeze() {
      const pids = pidsOf("dockerd", place.runDir);
      for (const pid of pids) signal(pid, "SIGSTOP");
      if (!(await waitUntil(() => pids.every(standsStill), 5)))
        throw new Error("The engine does not stand still.");
    },
    async resume() {
      for (const pid of pidsOf("dockerd", place.runDir)) signal(pid, "SIGCONT");
      await startDaemons(place, gpuBinDir);
    },
    stop: () => stop(place),
  };
}

async function stop(place: Place): Promise<void> {
  for (const pid of pidsOf("dockerd", place.runDir)) signal(pid, "SIGCONT");
  if (await answers(place.socketPath)) await stopContainers(place.socketPath);
  await clear(place);
}

/** From "running", "half started" or "killed" to nothing but the state folder. */
async function clear(place: Place): Promise<void> {
  await endProcesses(pidsOf("dockerd", place.runDir), 15);
  // A shim ends its container when it is told to; the container's processes are its children.
  await endProcesses(pidsOf("containerd-shim", place.runDir), 2);
  await endProcesses(pidsOf("containerd", place.runDir), 5);
  for (const folder of [place.runDir, place.dataRoot, place.workspacesRoot]) await unmountBelow(folder);
  await removeNetwork(place);
  await rm(place.runDir, { recursive: true, force: true });
  await restoreKernelSettings();
}

/** All at once; the engine kills what does not end by itself. */
async function stopContainers(socketPath: string): Promise<void> {
  const running = JSON.parse((await ask(socketPath, "GET", "/containers/json")) || "[]") as { Id: string }[];
  await Promise.all(running.map(({ Id }) => ask(socketPath, "POST", `/containers/${Id}/stop?t=3`)));
}

/** A question to the engine whose failure does not matter here: the caller clears up in any case. */
function ask(socketPath: string, method: string, path: string): Promise<string> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, method, path, timeout: 20_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
      });
      answer.on("end", () => resolve(answer.statusCode === 200 ? text : ""));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(""));
    asked.end();
  });
}
