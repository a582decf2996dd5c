import type { Clock } from "../world.ts";
import { buildContext } from "./build-context.ts";
import { diskAt, hostFacts } from "./facts.ts";
import type { GpuLinks, Host } from "./host.ts";
import { endLeftSteps } from "./left-steps.ts";
import { nvidiaSmi } from "./nvidia-smi.ts";
import { listeningPorts } from "./ports.ts";
import { whoseAll } from "./processes.ts";
import { spaceUsed } from "./space-used.ts";
import { cpuSecondsOfProcess, useOfContainer } from "./use.ts";
import { workspaceFile, writeWorkspaceFiles } from "./workspace-files.ts";
import { ensureWorkspace } from "./workspaces.ts";

/** The machine the bot runs on. */
export function linuxHost(options: {
  /** Path or name of nvidia-smi; undefined: a machine without GPUs. */
  nvidiaSmi: string | undefined;
  workspacesRoot: string;
  clock: Clock;
  /** Where the processes of the host are seen, and where their control groups. */
  proc?: string;
  cgroups?: string;
}): Host {
  const { workspacesRoot, clock, proc = "/proc", cgroups = "/sys/fs/cgroup" } = options;
  const smi = options.nvidiaSmi === undefined ? undefined : nvidiaSmi(options.nvidiaSmi, clock);
  let links: GpuLinks | undefined;

  return {
    async readGpus() {
      if (smi === undefined) return { at: clock.now(), driver: "none", gpus: [], processes: [] };
      const { driver, gpus, processes } = await smi.read();
      return {
        at: clock.now(),
        driver,
        gpus,
        processes: await whoseAll(processes, proc),
      };
    },
    readUse: (containers) => readEach(containers, (one) => useOfContainer(one, { proc, cgroups }), idOf),
    readProcessUse: (pids) =>
      readEach(
        pids,
        (pid) => cpuSecondsOfProcess(pid, proc),
        (pid) => pid,
      ),
    async links() {
      if (smi === undefined) return new Map();
      links ??= await smi.links();
      return links;
    },
    ensureWorkspace: (path, uid) => ensureWorkspace(workspacesRoot, path, uid),
    workspaceFile: (path, name, maxBytes) => workspaceFile(workspacesRoot, path, name, maxBytes),
    writeWorkspaceFiles: (path, uid, files) => writeWorkspaceFiles(workspacesRoot, path, uid, files),
    buildContext: (path, limits) => buildContext(workspacesRoot, path, limits, clock),
    spaceUsed: (path, limitMs) => spaceUsed(workspacesRoot, path, limitMs, clock),
    endLeftSteps: () => endLeftSteps(proc),
    diskAt,
    facts: () => hostFacts(workspacesRoot),
    listeningPorts: () => listeningPorts(proc),
  };
}

const idOf = ({ id }: { id: string }) => id;

async function readEach<T, K, V>(
  list: readonly T[],
  read: (one: T) => Promise<V | undefined>,
  key: (one: T) => K,
): Promise<ReadonlyMap<K, V>> {
  const answers = await Promise.all(list.map(async (one) => [key(one), await read(one)] as const));
  return new Map(answers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
