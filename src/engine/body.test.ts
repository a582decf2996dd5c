import { expect, test } from "vitest";
import { type CreateBody, createBody, type Site } from "./body.ts";
import type { ContainerSpec } from "./engine.ts";

const gpu = "GPU-5a1c9d1e-1111-4222-8333-944445555666";
const slice = "MIG-0f2b6a1c-1111-4222-8333-944445555666";

const spec: ContainerSpec = {
  name: "vision._.ana",
  hostName: "vision",
  image: "sha256:abc",
  labels: { "berth.instance": "main", "berth.container": "7" },
  env: { BERTH_HANDLE: "ana", NVIDIA_VISIBLE_DEVICES: "all" },
  entrypoint: ["/bin/sh", "/etc/berth/scripts/entry.sh"],
  workingDir: "/workspace",
  cpus: 16,
  memoryBytes: 32 * 2 ** 30,
  shmBytes: 20 * 2 ** 30,
  pids: 4096,
  sudo: true,
  ptrace: false,
  devices: [gpu],
  mounts: [{ source: "/srv/berth/ana/vision", target: "/workspace", readOnly: false }],
  ssh: { bind: "0.0.0.0", port: 22_001 },
  stopGraceSeconds: 60,
};

const site: Site = {
  gpus: "nvidia",
  network: "berth",
  cgroupParent: "berth.slice",
  cpus: 64,
  openFiles: 1_073_741_816,
  unlimitedLockedMemory: true,
};

/** The whole call, as it goes out. A change here is a change of what members get: container by container, for good. */
const golden: CreateBody = {
  Hostname: "vision",
  User: "0:0",
  Image: "sha256:abc",
  Entrypoint: ["/bin/sh", "/etc/berth/scripts/entry.sh"],
  Cmd: [],
  Env: ["BERTH_HANDLE=ana", `NVIDIA_VISIBLE_DEVICES=${gpu}`],
  WorkingDir: "/workspace",
  Labels: { "berth.instance": "main", "berth.container": "7" },
  ExposedPorts: { "22/tcp": {} },
  Healthcheck: { Test: ["NONE"] },
  StopSignal: "SIGTERM",
  StopTimeout: 60,
  HostConfig: {
    Memory: 34_359_738_368,
    MemorySwap: 34_359_738_368,
    NanoCpus: 16_000_000_000,
    PidsLimit: 4096,
    ShmSize: 17_179_869_184,
    Ulimits: [
      { Name: "nofile", Soft: 65_536, Hard: 1_048_576 },
      { Name: "core", Soft: 0, Hard: 0 },
      { Name: "memlock", Soft: -1, Hard: -1 },
    ],
    OomScoreAdj: 500,
    CapDrop: ["ALL"],
    CapAdd: [
      "SETUID",
      "SETGID",
      "SYS_CHROOT",
      "AUDIT_WRITE",
      "CHOWN",
      "DAC_OVERRIDE",
      "FOWNER",
      "FSETID",
      "KILL",
    ],
    SecurityOpt: [],
    Privileged: false,
    Init: true,
    IpcMode: "private",
    LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "2" } },
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
    NetworkMode: "berth",
    PortBindings: { "22/tcp": [{ HostIp: "0.0.0.0", HostPort: "22001" }] },
    DeviceRequests: [{ Driver: "nvidia", Count: 0, DeviceIDs: [gpu], Capabilities: [["gpu"]] }],
    CgroupParent: "berth.slice",
    Mounts: [
      {
        Type: "bind",
        Source: "/srv/berth/ana/vision",
        Target: "/workspace",
        ReadOnly: false,
        BindOptions: { Propagation: "rprivate" },
      },
    ],
  },
};

test("the whole call of a container with a GPU and sudo", () => {
  expect(createBody(spec, site)).toEqual(golden);
});

test("without sudo there are five capabilities, and nobody can get more", () => {
  expect(createBody({ ...spec, sudo: false }, site).HostConfig).toEqual({
    ...golden.HostConfig,
    CapAdd: ["SETUID", "SETGID", "SYS_CHROOT", "AUDIT_WRITE", "CHOWN"],
    SecurityOpt: ["no-new-privileges"],
  });
});

test("ptrace adds one capability", () => {
  expect(createBody({ ...spec, ptrace: true }, site).HostConfig.CapAdd).toEqual([
    ...golden.HostConfig.CapAdd,
    "SYS_PTRACE",
  ]);
});

test.each<
  [string, Partial<ContainerSpec>, Partial<Site>, string, CreateBody["HostConfig"]["DeviceRequests"]]
>([
  ["no GPU: none is asked for, and the variable says void", { devices: [] }, {}, "void", []],
  [
    "a slice, by its own UUID",
    { devices: [slice] },
    {},
    slice,
    [{ Driver: "nvidia", Count: 0, DeviceIDs: [slice], Capabilities: [["gpu"]] }],
  ],
  [
    "CDI: by name, and the variable says void so that no runtime adds to it",
    { devices: [gpu, slice] },
    { gpus: "cdi" },
    "void",
    [
      {
        Driver: "cdi",
        Count: 0,
        DeviceIDs: [`nvidia.com/gpu=${gpu}`, `nvidia.com/gpu=${slice}`],
        Capabilities: [],
      },
    ],
  ],
  [
    "simulated: asked like the real ones",
    { devices: [gpu, slice] },
    { gpus: "simulated" },
    `${gpu},${slice}`,
    [{ Driver: "nvidia", Count: 0, DeviceIDs: [gpu, slice], Capabilities: [["gpu"]] }],
  ],
])("%s", (_sentence, change, where, visible, requests) => {
  const body = createBody({ ...spec, ...change }, { ...site, ...where });
  expect(body.HostConfig.DeviceRequests).toEqual(requests);
  expect(body.Env.filter((line) => line.startsWith("NVIDIA_VISIBLE_DEVICES"))).toEqual([
    `NVIDIA_VISIBLE_DEVICES=${visible}`,
  ]);
});

test("never more cores or open files than the engine has", () => {
  const body = createBody(spec, { ...site, cpus: 2, openFiles: 4096, unlimitedLockedMemory: false });
  expect(body.HostConfig.NanoCpus).toBe(2e9);
  expect(body.HostConfig.Ulimits).toEqual([
    { Name: "nofile", Soft: 4096, Hard: 4096 },
    { Name: "core", Soft: 0, Hard: 0 },
  ]);
});
