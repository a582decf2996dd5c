import { posix } from "node:path";
import { type CreateBody, capabilitiesOfEveryone, capabilitiesWithSudo } from "./body.ts";

/**
 * The second pair of eyes: looks at a create body just before it goes out and throws if anything in it is outside the table
 * of what a member's container may be given. It knows nothing of how the body was made, and lists what is allowed: whatever
 * it has not heard of is refused. A throw here is a bug of ours, not a member's mistake.
 */
export function checkBody(name: string, body: CreateBody, allowed: Allowed): void {
  const wrong = [
    ...strangeKeys(body),
    ...controlCharacters({ name, body }),
    ...hostConfigFaults(body, allowed),
  ];
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) wrong.push(`the name ${JSON.stringify(name)}`);
  if (body.User !== "0:0") wrong.push(`User ${body.User}`);
  if (body.Labels["berth.instance"] !== allowed.instance)
    wrong.push("no label berth.instance of this installation");
  if (wrong.length > 0)
    throw new Error(`A create call was held back, it asks for what no container gets: ${wrong.join("; ")}.`);
}

export type Allowed = {
  instance: string;
  network: string;
  cgroupParent: string;
  /** Directories below which (or at which) a bind mount may begin. */
  roots: MountRoots;
};

export type MountRoots = { writable: readonly string[]; readOnly: readonly string[] };

const topKeys = new Set(
  "Hostname User Image Entrypoint Cmd Env WorkingDir Labels ExposedPorts Healthcheck StopSignal StopTimeout HostConfig".split(
    " ",
  ),
);

const hostKeys = new Set(
  (
    "Memory MemorySwap NanoCpus PidsLimit ShmSize Ulimits OomScoreAdj CapDrop CapAdd SecurityOpt Privileged Init IpcMode LogConfig " +
    "RestartPolicy AutoRemove NetworkMode PortBindings DeviceRequests CgroupParent Mounts"
  ).split(" "),
);

function strangeKeys(body: CreateBody): string[] {
  const strange = (object: object, known: Set<string>) =>
    Object.keys(object).filter((key) => !known.has(key));
  return [...strange(body, topKeys), ...strange(body.HostConfig, hostKeys)].map(
    (key) => `the setting ${key}`,
  );
}

function hostConfigFaults(body: CreateBody, allowed: Allowed): string[] {
  const host = body.HostConfig;
  const sudo = host.CapAdd.includes("KILL");
  const caps = new Set<string>([
    ...capabilitiesOfEveryone,
    ...(sudo ? capabilitiesWithSudo : []),
    "SYS_PTRACE",
  ]);
  const rules: [string, boolean][] = [
    ["Privileged", host.Privileged === false],
    ["CapDrop other than ALL", same(host.CapDrop, ["ALL"])],
    [`capabilities ${host.CapAdd.join(",")}`, host.CapAdd.every((capability) => caps.has(capability))],
    ["SecurityOpt", same(host.SecurityOpt, sudo ? [] : ["no-new-privileges"])],
    [
      `network ${host.NetworkMode}`,
      host.NetworkMode === allowed.network &&
        !/^(host|none|bridge|default|container:.*)$/.test(allowed.network),
    ],
    ["IpcMode", host.IpcMode === "private"],
    ["RestartPolicy", host.RestartPolicy.Name === "no"],
    ["AutoRemove", host.AutoRemove === false],
    ["Init", host.Init === true],
    ["CgroupParent", host.CgroupParent === allowed.cgroupParent],
    ["no memory limit", host.Memory >= 16 * 2 ** 20 && host.MemorySwap === host.Memory],
    ["ShmSize", host.ShmSize >= 0 && host.ShmSize <= host.Memory / 2],
    ["no cpu limit", host.NanoCpus > 0],
    ["no limit of processes", host.PidsLimit > 0],
    ["OomScoreAdj", host.OomScoreAdj === 500],
    ["log driver", host.LogConfig.Type === "local"],
    ["a limit", host.Ulimits.every((limit) => ["nofile", "core", "memlock"].includes(limit.Name))],
    ["ports", Object.keys(host.PortBindings).every((port) => port === "22/tcp")],
    [
      "no address to publish on",
      Object.values(host.PortBindings)
        .flat()
        .every((to) => to.HostIp !== "" && /^\d+$/.test(to.HostPort)),
    ],
    ["devices that are not named one by one", namedDevices(body)],
  ];
  return [
    ...rules.filter(([, holds]) => !holds).map(([what]) => what),
    ...host.Mounts.flatMap((mount) => mountFaults(mount, allowed.roots)),
  ];
}

/** Never "all", never a count: exact UUIDs, and the environment names no others. */
function namedDevices({ HostConfig: host, Env }: CreateBody): boolean {
  const asked = host.DeviceRequests.flatMap((request) => request.DeviceIDs);
  const exact = asked.every((id) => /^(nvidia\.com\/gpu=)?(GPU|MIG)-[A-Za-z0-9/-]+$/.test(id));
  const visible = Env.filter((line) => line.startsWith("NVIDIA_VISIBLE_DEVICES="));
  const cdi = host.DeviceRequests.some((request) => request.Driver === "cdi");
  const wanted = asked.length === 0 || cdi ? "void" : asked.join(",");
  const counted = host.DeviceRequests.some(
    (request) => request.Count !== 0 || request.DeviceIDs.length === 0,
  );
  return exact && !counted && same(visible, [`NVIDIA_VISIBLE_DEVICES=${wanted}`]);
}

function mountFaults(mount: CreateBody["HostConfig"]["Mounts"][number], roots: MountRoots): string[] {
  const { Type, Source, Target, ReadOnly, BindOptions } = mount;
  const where = `the mount ${Source} at ${Target}`;
  if (Type !== "bind" || BindOptions.Propagation !== "rprivate") return [`${where}: not a private bind`];
  if (!posix.isAbsolute(Source) || posix.normalize(Source) !== Source)
    return [`${where}: not a plain absolute path`];
  if (!/^\/(workspace|etc\/berth\/[a-z-]+|data\/[A-Za-z0-9._-]+)$/.test(Target) || Target.includes(".."))
    return [`${where}: a strange place`];
  if (/\.sock$|^\/(proc|sys|dev|run|var\/run)(\/|$)/.test(Source)) return [`${where}: the host's own`];
  const below = [...roots.writable, ...(ReadOnly ? roots.readOnly : [])];
  return below.some((root) => isAtOrBelow(Source, root))
    ? []
    : [`${where}: outside the directories that may be ${ReadOnly ? "shown" : "written"}`];
}

function isAtOrBelow(path: string, root: string): boolean {
  const plain = posix.normalize(root).replace(/\/$/, "");
  return plain !== "" && (path === plain || path.startsWith(`${plain}/`));
}

/** The engine's API takes newlines and escapes in labels, names and environment; logs and terminals should not have to. */
function controlCharacters(value: unknown): string[] {
  if (typeof value === "string")
    return /\p{Cc}/u.test(value) ? [`a control character in ${JSON.stringify(value.slice(0, 60))}`] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...controlCharacters(key),
    ...controlCharacters(inner),
  ]);
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((value, index) => value === others[index]);
}
