import { insideContainer, places } from "../access/places.ts";
import { containerName } from "../container-name.ts";
import type { ContainerSpec } from "../engine/engine.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import type { GrantedLimits } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { writeLabels } from "./labels.ts";

/**
 * What a granted container is made with: everything the engine is ever told about it. Throws if the row was not granted
 * yet (no limits, no port): that is a bug of the caller.
 */
export function containerSpec({ world, view, image, agentForwarding }: Making): ContainerSpec {
  const { container, project, member } = view;
  const limits = granted(container.limits, `container ${container.id} has no limits`);
  const port = granted(project.sshPort, `project ${project.id} has no port`);
  const grantedAt = granted(container.grantedAt, `container ${container.id} was not granted`);
  const devices = view.devices.map((device) => device.id);
  const graceSeconds = world.policy.notices.sigterm_grace_s;
  return {
    name: containerName(project.name, member.handle),
    hostName: project.name,
    image: image.id,
    labels: writeLabels(world.settings.instance, {
      container: container.id,
      run: container.run,
      memberId: member.id,
      projectId: project.id,
      aliasId: project.aliasId,
      slackUser: member.slackUserId,
      handle: member.handle,
      uid: member.uid,
      project: project.name,
      port,
      image: container.image,
      devices,
      grantedAt,
    }),
    env: {
      BERTH_HANDLE: member.handle,
      BERTH_UID: String(member.uid),
      BERTH_SUDO: limits.sudo ? "yes" : "no",
      BERTH_AGENT_FORWARDING: agentForwarding ? "yes" : "no",
      BERTH_GRACE_SECONDS: String(graceSeconds),
      ...caches,
    },
    entrypoint: ["/bin/sh", `${insideContainer.scripts}/entry.sh`],
    workingDir: "/workspace",
    ...sizes(limits),
    sudo: limits.sudo,
    ptrace: limits.ptrace,
    devices,
    mounts: mounts(world, view),
    ssh: { bind: world.settings.sshBind, port },
    stopGraceSeconds: graceSeconds,
  };
}

export type Making = {
  world: Pick<World, "policy" | "settings">;
  view: ContainerView;
  image: { id: string };
  /** Lets `ssh -A` work in it. */
  agentForwarding: boolean;
};

/** Downloads survive the container: they lie in the workspace. */
const caches = {
  HF_HOME: "/workspace/.home/.cache/huggingface",
  TORCH_HOME: "/workspace/.home/.cache/torch",
  PIP_CACHE_DIR: "/workspace/.home/.cache/pip",
};

const bytesPerGiB = 2 ** 30;

function sizes(limits: GrantedLimits): Pick<ContainerSpec, "cpus" | "memoryBytes" | "shmBytes" | "pids"> {
  const memoryBytes = Math.floor(limits.memoryGiB * bytesPerGiB);
  return {
    cpus: limits.cpus,
    memoryBytes,
    shmBytes: Math.min(Math.floor(limits.shmGiB * bytesPerGiB), Math.floor(memoryBytes / 2)),
    pids: limits.pids,
  };
}

function mounts(
  world: Making["world"],
  { container, project, member }: ContainerView,
): ContainerSpec["mounts"] {
  const { scripts, keysOf, hostKeyOf } = places(world.settings.stateDir);
  return [
    { source: container.workspacePath, target: "/workspace", readOnly: false },
    { source: scripts, target: insideContainer.scripts, readOnly: true },
    { source: keysOf(member.id), target: insideContainer.keys, readOnly: true },
    { source: hostKeyOf(project.id), target: insideContainer.hostKey, readOnly: true },
    ...world.policy.data_mounts.map((mount) => ({
      source: mount.host,
      target: `/data/${mount.name}`,
      readOnly: !mount.write.includes(member.group),
    })),
  ];
}

function granted<T>(value: T | null, otherwise: string): T {
  if (value === null) throw new Error(otherwise);
  return value;
}
