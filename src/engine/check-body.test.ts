import { describe, expect, test } from "vitest";
import { type CreateBody, createBody } from "./body.ts";
import { type Allowed, checkBody } from "./check-body.ts";
import type { ContainerSpec } from "./engine.ts";

const gpu = "GPU-5a1c9d1e-1111-4222-8333-944445555666";

const spec: ContainerSpec = {
  name: "vision._.ana",
  hostName: "vision",
  image: "sha256:abc",
  labels: { "berth.instance": "main" },
  env: { BERTH_HANDLE: "ana" },
  entrypoint: ["/bin/sh", "/etc/berth/scripts/entry.sh"],
  workingDir: "/workspace",
  cpus: 1,
  memoryBytes: 2 ** 30,
  shmBytes: 2 ** 28,
  pids: 100,
  sudo: true,
  ptrace: true,
  devices: [gpu],
  mounts: [
    { source: "/srv/berth/ana/vision", target: "/workspace", readOnly: false },
    { source: "/var/lib/berth/keys/3", target: "/etc/berth/keys", readOnly: true },
    { source: "/data/imagenet", target: "/data/imagenet", readOnly: true },
  ],
  ssh: { bind: "0.0.0.0", port: 22_001 },
  stopGraceSeconds: 60,
};

const site = {
  gpus: "nvidia" as const,
  network: "berth",
  cgroupParent: "/berth",
  cpus: 8,
  openFiles: 65_536,
  unlimitedLockedMemory: true,
};

const allowed: Allowed = {
  instance: "main",
  network: "berth",
  cgroupParent: "/berth",
  roots: { writable: ["/srv/berth"], readOnly: ["/var/lib/berth", "/data/imagenet"] },
};

type Host = CreateBody["HostConfig"];

const host = (change: Partial<Host>) => (body: CreateBody) => ({
  ...body,
  HostConfig: { ...body.HostConfig, ...change },
});
const strange = (change: object) => (body: CreateBody) =>
  ({ ...body, HostConfig: { ...body.HostConfig, ...change } }) as CreateBody;
const mount = (change: Partial<Host["Mounts"][number]>) => (body: CreateBody) =>
  host({ Mounts: body.HostConfig.Mounts.map((one, index) => (index === 0 ? { ...one, ...change } : one)) })(
    body,
  );

describe("the second look at a create call", () => {
  test.each([
    ["with sudo", {}],
    ["without sudo", { sudo: false }],
    ["without a GPU", { devices: [] }],
  ])("lets through what the table says: %s", (_how, change) => {
    expect(() => checkBody(spec.name, createBody({ ...spec, ...change }, site), allowed)).not.toThrow();
  });

  test("lets CDI through", () => {
    expect(() => checkBody(spec.name, createBody(spec, { ...site, gpus: "cdi" }), allowed)).not.toThrow();
  });

  test.each<[string, (body: CreateBody) => CreateBody]>([
    ["a privileged container", host({ Privileged: true })],
    ["one more capability", (body) => host({ CapAdd: [...body.HostConfig.CapAdd, "SYS_ADMIN"] })(body)],
    ["raw sockets", (body) => host({ CapAdd: [...body.HostConfig.CapAdd, "NET_RAW"] })(body)],
    ["capabilities that were not dropped", host({ CapDrop: [] })],
    ["seccomp off", host({ SecurityOpt: ["seccomp=unconfined"] })],
    [
      "no sudo, yet ways to get more rights",
      (body) => host({ CapAdd: body.HostConfig.CapAdd.slice(0, 5) })(body),
    ],
    ["the host's network", host({ NetworkMode: "host" })],
    ["another container's network", host({ NetworkMode: "container:abc" })],
    ["the host's memory between programs", host({ IpcMode: "host" })],
    ["the host's processes", strange({ PidMode: "host" })],
    ["the host's devices", strange({ Devices: [{ PathOnHost: "/dev/sda" }] })],
    ["mounts by another way", strange({ Binds: ["/:/host"] })],
    ["volumes of others", strange({ VolumesFrom: ["other"] })],
    ["a setting nobody has heard of", strange({ Sparkle: true })],
    ["a restart without the ledger's word", host({ RestartPolicy: { Name: "always" } })],
    ["another place among the limits", host({ CgroupParent: "/" })],
    ["no memory limit", host({ Memory: 0, MemorySwap: 0, ShmSize: 0 })],
    ["swap beyond its memory", host({ MemorySwap: -1 })],
    ["more shared memory than half", host({ ShmSize: 2 ** 30 })],
    ["as many processes as it likes", host({ PidsLimit: -1 })],
    ["all cores", host({ NanoCpus: 0 })],
    ["being spared when memory runs out", host({ OomScoreAdj: -500 })],
    ["another port", host({ PortBindings: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "80" }] } })],
    ["some port", host({ PortBindings: { "22/tcp": [{ HostIp: "0.0.0.0", HostPort: "" }] } })],
    [
      "every GPU",
      host({ DeviceRequests: [{ Driver: "", Count: -1, DeviceIDs: [], Capabilities: [["gpu"]] }] }),
    ],
    [
      "GPUs by number",
      host({ DeviceRequests: [{ Driver: "", Count: 0, DeviceIDs: ["0"], Capabilities: [["gpu"]] }] }),
    ],
    ["other GPUs by the environment", (body) => ({ ...body, Env: ["NVIDIA_VISIBLE_DEVICES=all"] })],
    ["GPUs by the environment alone", host({ DeviceRequests: [] })],
    ["the engine's socket", mount({ Source: "/var/run/docker.sock", ReadOnly: true })],
    ["the whole disk", mount({ Source: "/", ReadOnly: true })],
    ["a neighbour of the root by name", mount({ Source: "/srv/berth-other/x" })],
    ["a way out of the root", mount({ Source: "/srv/berth/../../etc" })],
    ["writing where it may only read", mount({ Source: "/data/imagenet" })],
    ["a mount over the system", mount({ Target: "/etc" })],
    ["a mount that others see", mount({ BindOptions: { Propagation: "rshared" as "rprivate" } })],
    ["a volume", mount({ Type: "volume" as "bind" })],
    ["another installation's label", (body) => ({ ...body, Labels: { "berth.instance": "other" } })],
    ["being another user than the entry script needs", (body) => ({ ...body, User: "1000" })],
    ["a newline in a label", (body) => ({ ...body, Labels: { ...body.Labels, "berth.image": "a\nb" } })],
    ["a newline in a label's name", (body) => ({ ...body, Labels: { ...body.Labels, "a\nb": "" } })],
    ["an escape in the environment", (body) => ({ ...body, Env: [...body.Env, "A=\u009b31m"] })],
  ])("holds back %s", (_what, change) => {
    expect(() => checkBody(spec.name, change(createBody(spec, site)), allowed)).toThrow("held back");
  });

  test.each(["", "a", "-rf", "vision\n", "../x", "vision ana"])("holds back the name %j", (name) => {
    expect(() => checkBody(name, createBody(spec, site), allowed)).toThrow("held back");
  });
});
