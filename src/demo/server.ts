import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { probeSsh } from "../access/probe.ts";
import { dockerEngine } from "../engine/docker.ts";
import { memoryEngine } from "../engine/memory.ts";
import type { MemoryEngine } from "../engine/memory-engine.ts";
import { linuxHost } from "../host/linux.ts";
import { memoryHost } from "../host/memory.ts";
import type { Log } from "../log.ts";
import type { Clock, Node } from "../world.ts";
import { startDemoEngine } from "./engine/start.ts";
import { gpuServer } from "./gpus/server.ts";
import { type GpuSimulator, gpuSimulator } from "./gpus/simulator.ts";
import { ensureDemoImage } from "./image/ensure.ts";
import { keepMemoryEngine, savedMemoryEngine } from "./memory-file.ts";
import { pretendedList } from "./pretended-lists.ts";

/** The GPU server of the demo, whatever it is made of. */
export type DemoServer = {
  node: Node;
  sshAddress: string;
  workspacesRoot: string;
  imageRef: string;
  /** What is not as on a real server, for the page and the terminal; undefined: everything is real. */
  pretends: string | undefined;
  gpus: GpuSimulator | undefined;
  stop(): Promise<void>;
};

export type DemoServerOptions = {
  stateDir: string;
  cacheDir: string;
  /** `memory`: no root here, so containers are pretended. */
  kind: "simulated" | "nvidia" | "memory";
  dockerHost: string;
  clock: Clock;
  log: Log;
  say: (sentence: string) => void;
  /** Ends the making of the image. */
  signal?: AbortSignal;
};

export const demoInstance = "demo";
const nodeId = "gpu1";

export function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  if (options.kind === "memory") return inMemory(options);
  return options.kind === "nvidia" ? onRunningEngine(options) : onOwnEngine(options);
}

/** An engine of our own with simulated GPUs, beside whatever else runs on this machine. */
async function onOwnEngine(options: DemoServerOptions): Promise<DemoServer> {
  const { stateDir, clock, log, say } = options;
  say("Starting a container engine of its own, with four simulated A100");
  const gpus = gpuSimulator({
    dir: join(stateDir, "gpus"),
    server: gpuServer({ seed: "demo" }),
    busyWhenHeld: true,
  });
  const engine = await startDemoEngine({ stateDir, gpuBinDir: gpus.binDir });
  const { ref } = await ensureDemoImage({
    ...options,
    socketPath: engine.socketPath,
    onProgress: say,
  });
  const { sshAddress, workspacesRoot } = engine;
  const node: Node = {
    id: nodeId,
    engine: dockerEngine({
      dockerHost: `unix://${engine.socketPath}`,
      instance: demoInstance,
      network: { name: "berth", bridge: "br-berth" },
      cgroupParent: "berth-demo",
      gpus: "simulated",
      mountRoots: () => ({ writable: [workspacesRoot], readOnly: [stateDir] }),
      clock,
      log,
    }),
    host: linuxHost({ nvidiaSmi: gpus.nvidiaSmi, workspacesRoot, clock }),
    latest: {},
    probeSsh: (target) => probeSsh(target, clock),
  };
  const pretends = "The GPUs are simulated; containers, SSH and everything else are real.";
  return { node, sshAddress, workspacesRoot, imageRef: ref, pretends, gpus, stop: () => engine.stop() };
}

/** The engine and the GPUs that are there. Only containers of the demo's own are made, and left as they are at the end. */
async function onRunningEngine(options: DemoServerOptions): Promise<DemoServer> {
  const { stateDir, cacheDir, dockerHost, clock, log, say } = options;
  const workspacesRoot = join(stateDir, "workspaces");
  await mkdir(workspacesRoot, { recursive: true, mode: 0o700 });
  await writeFile(join(workspacesRoot, ".berth-workspaces"), "");
  const { ref } = await ensureDemoImage({
    socketPath: dockerHost.replace(/^unix:\/\//, ""),
    cacheDir,
    onProgress: say,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const node: Node = {
    id: nodeId,
    engine: dockerEngine({
      dockerHost,
      instance: demoInstance,
      network: { name: "berth-demo", bridge: "br-berthdemo" },
      cgroupParent: "berth-demo",
      gpus: "nvidia",
      mountRoots: () => ({ writable: [workspacesRoot], readOnly: [stateDir] }),
      clock,
      log,
    }),
    host: linuxHost({ nvidiaSmi: "nvidia-smi", workspacesRoot, clock }),
    latest: {},
    probeSsh: (target) => probeSsh(target, clock),
  };
  return {
    node,
    sshAddress: "127.0.0.1",
    workspacesRoot,
    imageRef: ref,
    pretends: undefined,
    gpus: undefined,
    stop: async () => undefined,
  };
}

async function inMemory({ stateDir, clock }: DemoServerOptions): Promise<DemoServer> {
  const imageRef = "berth/demo:pretended";
  const from = await savedMemoryEngine(stateDir);
  const engine: MemoryEngine = memoryEngine({
    clock,
    instance: demoInstance,
    images: [imageRef],
    pullable: "all",
    fileOf: pretendedList,
    // Long enough to be watched.
    onBuild: () => ({ stepMs: 1200 }),
    ...(from ? { from } : {}),
  });
  const whole = {};
  const host = memoryHost({
    gpus: [whole, whole, whole, { slices: ["3g.20gb", "2g.10gb", "1g.5gb", "1g.5gb"] }],
    clock,
    machine: "de",
  });
  const node: Node = {
    id: nodeId,
    engine,
    host,
    latest: {},
    probeSsh: async ({ port }) => (engine.sshAnswers(port) ? "ready" : "no-answer"),
  };
  return {
    node,
    sshAddress: "127.0.0.1",
    workspacesRoot: join(stateDir, "workspaces"),
    imageRef,
    pretends:
      "No root here, so containers and GPUs are pretended and nobody can sign in. Start it with sudo for real ones.",
    gpus: undefined,
    stop: () => keepMemoryEngine(stateDir, engine),
  };
}
