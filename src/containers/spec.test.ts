import { expect, test } from "vitest";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { parsePolicy } from "../policy/policy.ts";
import type { Settings } from "../world.ts";
import { containerSpec } from "./spec.ts";

const settings: Settings = {
  instance: "main",
  sshHost: "gpu1.example.org",
  sshBind: "0.0.0.0",
  sshPorts: { first: 22_000, last: 22_999 },
  sshJump: undefined,
  stateDir: "/var/lib/berth",
  admins: [],
  adminChannel: undefined,
  boardChannel: undefined,
};

const policy = parsePolicy(`
data_mounts:
  - { host: /data/imagenet, name: imagenet }
  - { host: /data/shared, name: shared, write: [researcher] }
`);

function view(change: Partial<ContainerView["container"]> = {}, group = "student"): ContainerView {
  return {
    container: {
      id: 7,
      run: 2,
      image: "house/pytorch",
      workspacePath: "/srv/berth/ana/vision",
      grantedAt: new Date("2026-03-01T10:00:00Z"),
      limits: { cpus: 16, memoryGiB: 32, shmGiB: 16, pids: 4096, sudo: true, ptrace: false },
      ...change,
    },
    project: { id: 5, name: "vision", sshPort: 22_001, aliasId: "k3x9w2m4aa" },
    member: { id: 3, slackUserId: "U3", handle: "ana", uid: 20_000, group },
    devices: [{ id: "GPU-a" }, { id: "GPU-b" }],
  } as ContainerView;
}

const making = (of: ContainerView) => ({
  world: { settings, policy },
  view: of,
  image: { id: "sha256:abc" },
  agentForwarding: false,
});

test("a granted container, in the engine's nouns", () => {
  expect(containerSpec(making(view()))).toEqual({
    name: "vision._.ana",
    hostName: "vision",
    image: "sha256:abc",
    labels: {
      "berth.instance": "main",
      "berth.container": "7",
      "berth.run": "2",
      "berth.member_id": "3",
      "berth.project_id": "5",
      "berth.alias": "k3x9w2m4aa",
      "berth.member": "U3",
      "berth.project": "vision",
      "berth.handle": "ana",
      "berth.uid": "20000",
      "berth.devices": "GPU-a,GPU-b",
      "berth.granted_at": "2026-03-01T10:00:00.000Z",
      "berth.image": "house/pytorch",
      "berth.port": "22001",
    },
    env: {
      BERTH_HANDLE: "ana",
      BERTH_UID: "20000",
      BERTH_SUDO: "yes",
      BERTH_AGENT_FORWARDING: "no",
      BERTH_GRACE_SECONDS: "60",
      HF_HOME: "/workspace/.home/.cache/huggingface",
      TORCH_HOME: "/workspace/.home/.cache/torch",
      PIP_CACHE_DIR: "/workspace/.home/.cache/pip",
    },
    entrypoint: ["/bin/sh", "/etc/berth/scripts/entry.sh"],
    workingDir: "/workspace",
    cpus: 16,
    memoryBytes: 34_359_738_368,
    shmBytes: 17_179_869_184,
    pids: 4096,
    sudo: true,
    ptrace: false,
    devices: ["GPU-a", "GPU-b"],
    mounts: [
      { source: "/srv/berth/ana/vision", target: "/workspace", readOnly: false },
      { source: "/var/lib/berth/scripts", target: "/etc/berth/scripts", readOnly: true },
      { source: "/var/lib/berth/keys/3", target: "/etc/berth/keys", readOnly: true },
      { source: "/var/lib/berth/host-keys/5", target: "/etc/berth/host-key", readOnly: true },
      { source: "/data/imagenet", target: "/data/imagenet", readOnly: true },
      { source: "/data/shared", target: "/data/shared", readOnly: true },
    ],
    ssh: { bind: "0.0.0.0", port: 22_001 },
    stopGraceSeconds: 60,
  });
});

test("data can be written by the groups that the policy names", () => {
  const { mounts } = containerSpec(making(view({}, "researcher")));
  expect(mounts.filter((mount) => !mount.readOnly).map((mount) => mount.target)).toEqual([
    "/workspace",
    "/data/shared",
  ]);
});

test("shared memory is never more than half of the memory", () => {
  const limits = { cpus: 1, memoryGiB: 4, shmGiB: 16, pids: 100, sudo: false, ptrace: false };
  expect(containerSpec(making(view({ limits })))).toMatchObject({
    shmBytes: 2 * 2 ** 30,
    sudo: false,
    env: { BERTH_SUDO: "no" },
  });
});

test.each([
  ["limits", { limits: null }],
  ["a grant", { grantedAt: null }],
])("one without %s is a bug of the caller", (_what, change) => {
  expect(() => containerSpec(making(view(change)))).toThrow("container 7");
});
