import type { ContainerSpec } from "./engine.ts";

/**
 * The create call for a member's container: the spec and the site's settings in the engine's own words, and nothing that
 * is not written here. Everything is in this call; a container is never updated afterwards (that can cost it its GPU).
 */
export function createBody(spec: ContainerSpec, site: Site): CreateBody {
  return {
    Hostname: spec.hostName,
    // An image may carry USER; the entry script needs root to make the member's user and to start sshd.
    User: "0:0",
    Image: spec.image,
    Entrypoint: [...spec.entrypoint],
    Cmd: [],
    Env: Object.entries({ ...spec.env, NVIDIA_VISIBLE_DEVICES: visibleDevices(spec, site) }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    WorkingDir: spec.workingDir,
    Labels: { ...spec.labels },
    ExposedPorts: { "22/tcp": {} },
    Healthcheck: { Test: ["NONE"] },
    StopSignal: "SIGTERM",
    StopTimeout: spec.stopGraceSeconds,
    HostConfig: {
      Memory: spec.memoryBytes,
      // Memory alone would allow as much swap again.
      MemorySwap: spec.memoryBytes,
      // Above the engine's cores it answers 400.
      NanoCpus: Math.round(Math.min(spec.cpus, site.cpus) * 1e9),
      PidsLimit: spec.pids,
      // A larger one, filled, gets the container killed.
      ShmSize: Math.min(spec.shmBytes, Math.floor(spec.memoryBytes / 2)),
      Ulimits: ulimits(site),
      OomScoreAdj: 500,
      CapDrop: ["ALL"],
      CapAdd: capabilities(spec),
      SecurityOpt: spec.sudo ? [] : ["no-new-privileges"],
      Privileged: false,
      Init: true,
      IpcMode: "private",
      LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "2" } },
      // Any other policy lets the engine start containers without the ledger's word.
      RestartPolicy: { Name: "no" },
      AutoRemove: false,
      NetworkMode: site.network,
      PortBindings: { "22/tcp": [{ HostIp: spec.ssh.bind, HostPort: String(spec.ssh.port) }] },
      DeviceRequests: deviceRequests(spec, site),
      CgroupParent: site.cgroupParent,
      Mounts: spec.mounts.map((mount) => ({
        Type: "bind" as const,
        Source: mount.source,
        Target: mount.target,
        ReadOnly: mount.readOnly,
        BindOptions: { Propagation: "rprivate" as const },
      })),
    },
  };
}

/** What the body needs to know of the engine and of this installation. */
export type Site = {
  gpus: GpuBinding;
  network: string;
  /** In the form the engine's cgroup driver wants: `/berth` or `berth.slice`. */
  cgroupParent: string;
  /** Cores of the engine's machine. */
  cpus: number;
  /** The hard limit of open files the engine can give; above it a start fails. */
  openFiles: number;
  /** Whether the engine may lift the limit of locked memory. */
  unlimitedLockedMemory: boolean;
};

/** How GPUs get into a container: the NVIDIA runtime's device requests, CDI names, or the stand-in that is asked like the first. */
export type GpuBinding = "nvidia" | "cdi" | "simulated";

export type CreateBody = {
  Hostname: string;
  User: string;
  Image: string;
  Entrypoint: string[];
  Cmd: string[];
  Env: string[];
  WorkingDir: string;
  Labels: Record<string, string>;
  ExposedPorts: Record<string, Record<string, never>>;
  Healthcheck: { Test: string[] };
  StopSignal: string;
  StopTimeout: number;
  HostConfig: {
    Memory: number;
    MemorySwap: number;
    NanoCpus: number;
    PidsLimit: number;
    ShmSize: number;
    Ulimits: { Name: string; Soft: number; Hard: number }[];
    OomScoreAdj: number;
    CapDrop: string[];
    CapAdd: string[];
    SecurityOpt: string[];
    Privileged: boolean;
    Init: boolean;
    IpcMode: string;
    LogConfig: { Type: string; Config: Record<string, string> };
    RestartPolicy: { Name: string };
    AutoRemove: boolean;
    NetworkMode: string;
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
    DeviceRequests: DeviceRequest[];
    CgroupParent: string;
    Mounts: Mount[];
  };
};

type DeviceRequest = { Driver: string; Count: number; DeviceIDs: string[]; Capabilities: string[][] };

type Mount = {
  Type: "bind";
  Source: string;
  Target: string;
  ReadOnly: boolean;
  BindOptions: { Propagation: "rprivate" };
};

/** Login, PTY and changing to the member's user. Without AUDIT_WRITE a login with a terminal closes at once. */
export const capabilitiesOfEveryone = ["SETUID", "SETGID", "SYS_CHROOT", "AUDIT_WRITE", "CHOWN"] as const;

/** What apt, crontab and kill need once somebody may become root inside. */
export const capabilitiesWithSudo = ["DAC_OVERRIDE", "FOWNER", "FSETID", "KILL"] as const;

function capabilities(spec: ContainerSpec): string[] {
  return [
    ...capabilitiesOfEveryone,
    ...(spec.sudo ? capabilitiesWithSudo : []),
    ...(spec.ptrace ? ["SYS_PTRACE"] : []),
  ];
}

/** Images carry `NVIDIA_VISIBLE_DEVICES=all`; it is overwritten so that no runtime gives more than was granted. */
function visibleDevices(spec: ContainerSpec, site: Site): string {
  return spec.devices.length === 0 || site.gpus === "cdi" ? "void" : spec.devices.join(",");
}

function deviceRequests(spec: ContainerSpec, site: Site): DeviceRequest[] {
  if (spec.devices.length === 0) return [];
  if (site.gpus === "cdi") {
    return [
      {
        Driver: "cdi",
        Count: 0,
        DeviceIDs: spec.devices.map((uuid) => `nvidia.com/gpu=${uuid}`),
        Capabilities: [],
      },
    ];
  }
  return [{ Driver: "nvidia", Count: 0, DeviceIDs: [...spec.devices], Capabilities: [["gpu"]] }];
}

function ulimits(site: Site): CreateBody["HostConfig"]["Ulimits"] {
  const openFiles = Math.min(site.openFiles, 1_048_576);
  return [
    { Name: "nofile", Soft: Math.min(openFiles, 65_536), Hard: openFiles },
    { Name: "core", Soft: 0, Hard: 0 },
    ...(site.unlimitedLockedMemory ? [{ Name: "memlock", Soft: -1, Hard: -1 }] : []),
  ];
}
