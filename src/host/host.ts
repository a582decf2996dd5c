/**
 * The port to the machine that the containers run on: its GPUs as nvidia-smi tells them, its workspaces and facts.
 * Whatever can't be read throws `HostSilent`: unknown is never "empty".
 */
export type Host = {
  /** Every GPU with its slices, who computes on it and how busy it is: one reading, at most 10 s. */
  readGpus(): Promise<GpuReading>;

  /**
   * What running containers used since each was started, by their ids; `pid` is of their first process. From files alone: no
   * process is started, and sixty cost some milliseconds. One that is not in the answer does not run by that pid any more.
   */
  readUse(containers: readonly { id: string; pid: number }[]): Promise<ReadonlyMap<string, ContainerUse>>;

  /** CPU seconds of single processes since each began; who has ended is not in the answer. */
  readProcessUse(pids: readonly number[]): Promise<ReadonlyMap<number, number>>;

  /** How near two GPUs are, by UUID pair; smaller is nearer (`nvidia-smi topo -m`). Read once and kept. */
  links(): Promise<GpuLinks>;

  /**
   * The directory, 0700 of that uid, below the workspaces root. Made if missing, left as it is otherwise. Safe to repeat.
   * Throws `HostSilent` if the root's marker file is missing (the disk may be unmounted).
   */
  ensureWorkspace(path: string, uid: number): Promise<void>;

  /**
   * A text file of a workspace, for example its `requirements.txt`. `name` is a path below it. What stands there may be made
   * by somebody who is root in a container: a link on the way or at its end is not followed, and nothing but a plain file is
   * read. `refused` says why, in a sentence for the member. Throws `HostSilent` if the workspaces' disk is not there.
   */
  workspaceFile(path: string, name: string, maxBytes: number): Promise<WorkspaceFile>;

  /**
   * Writes small text files below a workspace that is there, owned by that uid, 0644, each by replacing; directories on the
   * way are made. A link on the way is an error, one at the end is replaced. Throws `HostSilent`, or the file system's error.
   */
  writeWorkspaceFiles(path: string, uid: number, files: ReadonlyMap<string, string>): Promise<void>;

  /**
   * What a Dockerfile may copy: the files of a workspace as a tar stream, without what its `.dockerignore` leaves out and
   * without Berth's own directories (`.home`, `.berth`). Links are stored as links and never followed; sockets, devices and
   * pipes are left out. Looked through once before it is offered: `refused` says in a sentence why it is too large. A stream
   * that outgrows the limits, because files changed meanwhile, ends with an error.
   */
  buildContext(path: string, limits: ContextLimits): Promise<WorkspaceContext>;

  /**
   * Bytes that the files of a workspace take on disk; 0 where there is none. `undefined`: could not be counted within the
   * limit. Slow (minutes for millions of files) and polite: one at a time. Throws `HostSilent` if the workspaces' disk is not
   * there.
   */
  spaceUsed(path: string, limitMs: number): Promise<number | undefined>;

  /**
   * Ends what goes on of builds whose engine was killed: nobody else does. Never a step that an engine still runs. How many
   * were ended; 0 where the host's processes are not seen.
   */
  endLeftSteps(): Promise<number>;

  /** Room on the file system that holds the path, or that will hold it: the nearest directory above that is there. */
  diskAt(path: string): Promise<{ freeBytes: number; totalBytes: number }>;

  /** Cores, memory, free disk, clock facts. */
  facts(): Promise<HostFacts>;

  /** TCP ports that something on the host listens on. */
  listeningPorts(): Promise<ReadonlySet<number>>;
};

export type WorkspaceFile =
  | { is: "text"; text: string }
  | { is: "none" }
  | { is: "refused"; because: string };

export type ContextLimits = { maxBytes: number; maxFiles: number };

export type WorkspaceContext =
  | {
      is: "context";
      files: number;
      bytes: number;
      /** Each call reads the files anew. */
      tar: () => NodeJS.ReadableStream;
      /** Why a stream ended with an error, in a sentence for the member. */
      problem: () => string | undefined;
    }
  | { is: "refused"; because: string };

export type GpuReading = { at: Date; driver: string; gpus: PhysicalGpu[]; processes: GpuProcess[] };

export type PhysicalGpu = {
  uuid: string;
  index: number;
  /** As nvidia-smi names it: `NVIDIA A100-SXM4-40GB`. */
  model: string;
  memoryMiB: number;
  memoryUsedMiB: number;
  /** Percent; undefined where it is not told (always so with MIG on). */
  utilisationPercent: number | undefined;
  migEnabled: boolean;
  slices: MigSlice[];
};

export type MigSlice = {
  uuid: string;
  index: number;
  gpuInstanceId: number;
  /** `3g.20gb`; `1c.3g.71gb` for a compute instance. */
  profile: string;
  memoryMiB: number;
  memoryUsedMiB: number;
  /** Placement units [start, start + size) of the physical GPU; undefined where `mig -lgi` can't be had. */
  placement: { start: number; size: number } | undefined;
};

export type GpuProcess = {
  pid: number;
  gpuUuid: string;
  gpuInstanceId: number | undefined;
  memoryMiB: number | undefined;
  /** 64-hex id of the container the process lives in, by its cgroup; undefined: not in a container. */
  containerId: string | undefined;
  /** Name of the host user the process runs as, for "outside Berth"; undefined where unknown. */
  user: string | undefined;
};

/** A reading that failed is undefined. */
export type ContainerUse = {
  /** Which start of the container it is: its counters begin anew with each. */
  life: string;
  cpuSeconds: number | undefined;
  /** In and out. */
  netBytes: number | undefined;
  /** At the moment; without copies of files that the kernel would give back at once. */
  memoryBytes: number | undefined;
  /** When last somebody typed on one of its terminals; undefined: there is none. */
  inputAt: Date | undefined;
};

/** Key: the two UUIDs in order, joined by a space. 0 = NVLink … larger = farther; absent = unknown. */
export type GpuLinks = ReadonlyMap<string, number>;

export type HostFacts = {
  cpus: number;
  memoryMiB: number;
  diskFreeBytes: number;
  diskTotalBytes: number;
};
