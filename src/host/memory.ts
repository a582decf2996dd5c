import { Readable } from "node:stream";
import tarStream from "tar-stream";
import { HostSilent } from "../errors.ts";
import type { Clock } from "../world.ts";
import type {
  ContainerUse,
  GpuLinks,
  GpuProcess,
  GpuReading,
  Host,
  MigSlice,
  PhysicalGpu,
  WorkspaceContext,
  WorkspaceFile,
} from "./host.ts";

/** What a machine in memory has. A bare number of GPUs means that many A100 with 40 GiB. */
export type MemoryHostGpu = { model?: string; memoryMiB?: number; slices?: readonly string[] };

/** A host that exists in memory only, with hands to change it: for fast tests and for a demo without root. */
export type MemoryHost = Host & {
  readonly gpus: readonly PhysicalGpu[];
  /** GPU and slice UUIDs in the order of their indexes; slices stand where their GPU would. */
  deviceIds(): string[];
  /** The GPU falls off the bus: it is in no reading until it comes back. */
  vanish(gpuUuid: string): void;
  comeBack(gpuUuid: string): void;
  /** Turns MIG on and cuts the GPU into these profiles; an empty list leaves MIG on without slices, undefined turns it off. */
  cut(gpuUuid: string, profiles: readonly string[] | undefined): void;
  /** A process computes on a GPU or slice; returns its pid. Without a container it is somebody on the host. */
  compute(deviceUuid: string, by?: { containerId?: string; user?: string; memoryMiB?: number }): number;
  /** Ends one process by pid, or all of a container. */
  end(pidOrContainer: number | string): void;
  /** From now on this is what a container's counters show; else they stand still at 0. `undefined`: its pid is another's. */
  uses(containerId: string, use: Partial<ContainerUse> | undefined): void;
  /** CPU seconds of a process, from now on. */
  processUses(pid: number, cpuSeconds: number): void;
  /** Percent the GPU says it is busy. */
  load(gpuUuid: string, percent: number): void;
  /** While silent every reading throws HostSilent. */
  silent(on: boolean): void;
  listen(port: number, on?: boolean): void;
  /** Files of a workspace, as if its member had written them; an empty map: none. */
  put(workspace: string, files: ReadonlyMap<string, string>): void;
  /** Of a workspace: what was put there and what Berth wrote. */
  filesOf(workspace: string): ReadonlyMap<string, string>;
  /** From now on the files of a workspace take so much; undefined: they can't be counted. */
  takes(workspace: string, bytes: number | undefined): void;
  /** From now on this share of the disk is free, in percent. */
  diskFree(percent: number): void;
  /** Path → uid of every workspace that was made. */
  readonly workspaces: ReadonlyMap<string, number>;
};

export function memoryHost(options: {
  gpus: number | readonly MemoryHostGpu[];
  clock: Pick<Clock, "now">;
  /** Two hexadecimal digits that tell this machine's GPUs from another's. */
  machine?: string;
  cpus?: number;
  memoryMiB?: number;
}): MemoryHost {
  const machine = options.machine ?? "00";
  const wished =
    typeof options.gpus === "number" ? Array.from({ length: options.gpus }, () => ({})) : options.gpus;
  const gpus = wished.map((gpu, index) => makeGpu(gpu, index, machine));
  const gone = new Set<string>();
  const listening = new Set<number>([22]);
  const workspaces = new Map<string, number>();
  let processes: GpuProcess[] = [];
  const used = new Map<string, Partial<ContainerUse> | undefined>();
  const usedByProcess = new Map<number, number>();
  const files = new Map<string, Map<string, string>>();
  const sizes = new Map<string, number | undefined>();
  const diskTotalBytes = 1000 * 1024 ** 3;
  let diskFreeBytes = 800 * 1024 ** 3;
  let nextPid = 4000;
  let isSilent = false;

  const speak = () => {
    if (isSilent) throw new HostSilent("The machine does not answer (it was told to be silent).");
  };
  const gpuOf = (uuid: string): PhysicalGpu => {
    const gpu = gpus.find((one) => one.uuid === uuid || one.slices.some((slice) => slice.uuid === uuid));
    if (gpu === undefined) throw new Error(`there is no device ${uuid}`);
    return gpu;
  };

  return {
    gpus,
    workspaces,
    async readGpus(): Promise<GpuReading> {
      speak();
      const present = gpus.filter(({ uuid }) => !gone.has(uuid));
      return structuredClone({
        at: options.clock.now(),
        driver: "580.82.07",
        gpus: present,
        processes: processes.filter(({ gpuUuid }) => !gone.has(gpuUuid)),
      });
    },
    async readUse(containers) {
      speak();
      const shown = containers.flatMap(({ id, pid }) => {
        const use = used.has(id) ? used.get(id) : {};
        const still = { life: `${pid}`, cpuSeconds: 0, netBytes: 0, memoryBytes: 0, inputAt: undefined };
        return use === undefined ? [] : [[id, { ...still, ...use }] as const];
      });
      return new Map(shown);
    },
    async readProcessUse(pids) {
      speak();
      return new Map(pids.map((pid) => [pid, usedByProcess.get(pid) ?? 0]));
    },
    async links(): Promise<GpuLinks> {
      speak();
      // Neighbours in pairs, as two cards under one bridge; the rest through the CPU.
      const far = (a: PhysicalGpu, b: PhysicalGpu) => (a.index >> 1 === b.index >> 1 ? 0 : 3);
      return new Map(
        gpus.flatMap((a) =>
          gpus.filter((b) => a.uuid < b.uuid).map((b) => [`${a.uuid} ${b.uuid}`, far(a, b)] as const),
        ),
      );
    },
    async ensureWorkspace(path, uid) {
      speak();
      if (!workspaces.has(path)) workspaces.set(path, uid);
    },
    async workspaceFile(path, name, maxBytes): Promise<WorkspaceFile> {
      speak();
      const text = files.get(path)?.get(name);
      if (text === undefined) return { is: "none" };
      if (Buffer.byteLength(text) > maxBytes) return { is: "refused", because: `${name} is too large.` };
      return { is: "text", text };
    },
    async writeWorkspaceFiles(path, _uid, written) {
      speak();
      files.set(path, new Map([...(files.get(path) ?? []), ...written]));
    },
    async buildContext(path, { maxBytes, maxFiles }): Promise<WorkspaceContext> {
      speak();
      const own = [...(files.get(path) ?? [])].filter(([name]) => !/^\.(home|berth)\//.test(name));
      const bytes = own.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
      if (own.length > maxFiles || bytes > maxBytes)
        return { is: "refused", because: "The project's folder is too large." };
      const tar = () => {
        const pack = tarStream.pack();
        for (const [name, text] of own) pack.entry({ name }, text);
        pack.finalize();
        return Readable.from(pack, { objectMode: false });
      };
      return { is: "context", files: own.length, bytes, tar, problem: () => undefined };
    },
    async endLeftSteps() {
      speak();
      return 0;
    },
    async spaceUsed(path) {
      speak();
      if (sizes.has(path)) return sizes.get(path);
      return [...(files.get(path) ?? [])].reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
    },
    async diskAt() {
      speak();
      return { freeBytes: diskFreeBytes, totalBytes: diskTotalBytes };
    },
    async facts() {
      speak();
      return {
        cpus: options.cpus ?? 64,
        memoryMiB: options.memoryMiB ?? 512 * 1024,
        diskFreeBytes,
        diskTotalBytes,
      };
    },
    async listeningPorts() {
      speak();
      return new Set(listening);
    },

    deviceIds: () =>
      gpus.flatMap(({ uuid, migEnabled, slices }) =>
        migEnabled ? slices.map((slice) => slice.uuid) : [uuid],
      ),
    vanish: (uuid) => void gone.add(uuid),
    comeBack: (uuid) => void gone.delete(uuid),
    cut(gpuUuid, profiles) {
      const gpu = gpuOf(gpuUuid);
      gpu.migEnabled = profiles !== undefined;
      gpu.utilisationPercent = profiles === undefined ? 0 : undefined;
      gpu.slices = makeSlices(gpu, profiles ?? []);
    },
    compute(deviceUuid, by = {}) {
      const gpu = gpuOf(deviceUuid);
      const slice = gpu.slices.find(({ uuid }) => uuid === deviceUuid);
      const pid = nextPid++;
      processes.push({
        pid,
        gpuUuid: gpu.uuid,
        gpuInstanceId: slice?.gpuInstanceId,
        memoryMiB: by.memoryMiB ?? 1024,
        containerId: by.containerId,
        user: by.user ?? (by.containerId === undefined ? "root" : undefined),
      });
      countMemory(gpu, processes);
      return pid;
    },
    end(which) {
      processes = processes.filter(({ pid, containerId }) => pid !== which && containerId !== which);
      for (const gpu of gpus) countMemory(gpu, processes);
    },
    uses: (containerId, use) => void used.set(containerId, use),
    processUses: (pid, cpuSeconds) => void usedByProcess.set(pid, cpuSeconds),
    load(gpuUuid, percent) {
      const gpu = gpuOf(gpuUuid);
      gpu.utilisationPercent = gpu.migEnabled ? undefined : percent;
    },
    silent: (on) => {
      isSilent = on;
    },
    put: (workspace, put) => void files.set(workspace, new Map(put)),
    filesOf: (workspace) => files.get(workspace) ?? new Map(),
    takes: (workspace, bytes) => void sizes.set(workspace, bytes),
    diskFree: (percent) => {
      diskFreeBytes = Math.floor((diskTotalBytes * percent) / 100);
    },
    listen: (port, on = true) => void (on ? listening.add(port) : listening.delete(port)),
  };
}

function makeGpu(wished: MemoryHostGpu, index: number, machine: string): PhysicalGpu {
  const gpu: PhysicalGpu = {
    uuid: `GPU-${machine}000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    index,
    model: wished.model ?? "NVIDIA A100-SXM4-40GB",
    memoryMiB: wished.memoryMiB ?? 40960,
    memoryUsedMiB: 0,
    utilisationPercent: wished.slices === undefined ? 0 : undefined,
    migEnabled: wished.slices !== undefined,
    slices: [],
  };
  gpu.slices = makeSlices(gpu, wished.slices ?? []);
  return gpu;
}

/** Of a 3g the upper half comes first, or the odd unit among the lower seven would be lost to the others. */
const startsOf: Record<number, number[]> = { 1: [0, 1, 2, 3, 4, 5, 6], 2: [0, 2, 4], 4: [0], 8: [0] };

/** Placed as the driver would: each at a start its size allows. Throws if they don't fit the GPU. */
function makeSlices(gpu: PhysicalGpu, profiles: readonly string[]): MigSlice[] {
  const taken = new Set<number>();
  return profiles.map((profile, index) => {
    const [, compute, gigabytes] = /(\d+)g\.(\d+)gb/.exec(profile) ?? [];
    const size = { "1": 1, "2": 2, "3": 4, "4": 4, "7": 8 }[compute ?? ""];
    if (size === undefined) throw new Error(`${profile} is no profile`);
    const starts = compute === "3" ? [4, 0] : (startsOf[size] ?? []);
    const start = starts.find((first) => range(first, size).every((unit) => !taken.has(unit)));
    if (start === undefined) throw new Error(`${profiles.join(", ")} do not fit on one GPU`);
    for (const unit of range(start, size)) taken.add(unit);
    return {
      uuid: `${gpu.uuid.replace("GPU-", "MIG-").slice(0, -12)}${String(gpu.index).padStart(8, "0")}${profile.slice(0, 1)}${size}${String(start).padStart(2, "0")}`,
      index,
      gpuInstanceId: 3 + index,
      profile,
      memoryMiB: Number(gigabytes) * 1024,
      memoryUsedMiB: 0,
      placement: { start, size },
    };
  });
}

function countMemory(gpu: PhysicalGpu, processes: readonly GpuProcess[]): void {
  const on = (instance: number | undefined) =>
    processes
      .filter(
        (process) =>
          process.gpuUuid === gpu.uuid && (instance === undefined || process.gpuInstanceId === instance),
      )
      .reduce((sum, process) => sum + (process.memoryMiB ?? 0), 0);
  gpu.memoryUsedMiB = on(undefined);
  for (const slice of gpu.slices) slice.memoryUsedMiB = on(slice.gpuInstanceId);
}

function range(start: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => start + i);
}
