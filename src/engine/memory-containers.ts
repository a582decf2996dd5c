import type { Clock } from "../world.ts";
import { createBody, type Site } from "./body.ts";
import { checkBody, type MountRoots } from "./check-body.ts";
import type { ContainerSpec, Engine, EngineChange, EngineContainer } from "./engine.ts";

export type SavedContainers = { made: number; containers: KeptContainer[] };

/**
 * The containers of the in-memory engine: they run nothing, and keep their state, their devices and their SSH port. `options`
 * are the engine's own (memory.ts).
 */
export function memoryContainers(
  room: {
    clock: Clock;
    /** The id of an image that is there. */
    imageIdOf: (ref: string) => string | undefined;
    /** Makes an image with one layer more; answers its id. */
    layered: (onto: string, more: { ref: string; bytes: number; labels: Record<string, string> }) => string;
    tell: (change: EngineChange) => void;
  },
  options: {
    mountRoots?: MountRoots;
    stopTakesMs?: number;
    onExec?: (name: string, argv: readonly string[]) => { exitCode: number; output: string };
    from?: SavedContainers;
  },
) {
  const { clock, imageIdOf, layered } = room;
  const containers = new Map<string, KeptContainer>(
    (options.from?.containers ?? []).map((kept) => [kept.id, { ...kept }]),
  );
  const hostPorts = new Set<number>();
  let made = options.from?.made ?? 0;

  return {
    create,
    start,
    stop,
    remove,
    layerBytes: (id: string) => optional(find(id), ({ layerBytes = 0 }) => layerBytes) ?? ("gone" as const),
    commit,
    rename,
    exec,
    list: () => [...containers.values()].map(listed),
    inspect: (idOrName: string) => optional(find(idOrName), inspected),
    lastWords: (id: string) => find(id)?.lastWords ?? "",
    publishes,
    /** How many are made from an image. */
    madeFrom: (imageId: string) => [...containers.values()].filter((kept) => kept.imageId === imageId).length,
    layers: () => [...containers.values()].map(({ id, name, layerBytes = 0 }) => ({ id, name, layerBytes })),
    saved: (): SavedContainers => ({
      made,
      containers: [...containers.values()].map((kept) => ({ ...kept })),
    }),
    known,
    plant,
    begin,
    ended,
    oom: (idOrName: string) => tell("oom", known(idOrName)),
    lost: (idOrName: string) => void containers.delete(known(idOrName).id),
    hostPortTaken: (port: number, taken: boolean) =>
      void (taken ? hostPorts.add(port) : hostPorts.delete(port)),
    restarted,
  };

  function create(spec: ContainerSpec): Awaited<ReturnType<Engine["create"]>> {
    checkBody(spec.name, createBody(spec, site), {
      ...site,
      instance: spec.labels["berth.instance"] ?? "",
      roots: options.mountRoots ?? { writable: spec.mounts.map((mount) => mount.source), readOnly: [] },
    });
    const there = find(spec.name);
    if (there) return isSame(there, spec) ? { is: "there", id: there.id } : { is: "name-taken" };
    if (imageIdOf(spec.image) === undefined) return { is: "no-image" };
    const kept = plant({
      name: spec.name,
      labels: spec.labels,
      devices: [...spec.devices],
      image: spec.image,
    });
    kept.spec = structuredClone(spec);
    return { is: "created", id: kept.id };
  }

  function plant(foreign: Foreign): KeptContainer {
    made += 1;
    const kept: KeptContainer = {
      id: made.toString(16).padStart(64, "0"),
      name: foreign.name,
      labels: { ...foreign.labels },
      state: "created",
      image: foreign.image ?? "somebody/else:latest",
      imageId: imageIdOf(foreign.image ?? ""),
      devices: foreign.devices ?? [],
      createdAt: clock.now().toISOString(),
    };
    containers.set(kept.id, kept);
    if (foreign.running) begin(kept);
    return kept;
  }

  function start(id: string): Awaited<ReturnType<Engine["start"]>> {
    const kept = find(id);
    if (!kept) return "gone";
    if (kept.state === "running") return "already";
    const port = kept.spec?.ssh.port;
    if (port !== undefined && (hostPorts.has(port) || publishes(port))) return "port-taken";
    begin(kept);
    return "started";
  }

  function publishes(port: number): boolean {
    return [...containers.values()].some((kept) => kept.state === "running" && kept.spec?.ssh.port === port);
  }

  function begin(kept: KeptContainer): void {
    kept.state = "running";
    kept.pid = 100_000 + made;
    kept.startedAt = clock.now().toISOString();
    kept.finishedAt = undefined;
    tell("start", kept);
  }

  async function stop(id: string): Promise<"stopped" | "already" | "gone"> {
    const kept = find(id);
    if (!kept) return "gone";
    if (kept.state !== "running") return "already";
    if (options.stopTakesMs) await clock.sleep(options.stopTakesMs);
    if (kept.state === "running") ended(kept, 0);
    return "stopped";
  }

  function ended(kept: KeptContainer, exitCode: number): void {
    if (kept.state !== "running") return;
    kept.state = "exited";
    kept.pid = undefined;
    kept.exitCode = exitCode;
    kept.finishedAt = clock.now().toISOString();
    tell("die", kept);
  }

  function remove(id: string): "removed" | "gone" {
    const kept = find(id);
    if (!kept) return "gone";
    ended(kept, 137);
    containers.delete(kept.id);
    tell("destroy", kept);
    return "removed";
  }

  function commit(
    id: string,
    { ref, labels }: Parameters<Engine["commit"]>[1],
  ): Awaited<ReturnType<Engine["commit"]>> {
    const kept = find(id);
    if (!kept) return { is: "gone" };
    const onto = kept.imageId ?? imageIdOf(kept.image) ?? "";
    const more = { ref, bytes: kept.layerBytes ?? 0, labels: { ...kept.labels, ...labels } };
    return { is: "committed", imageId: layered(onto, more) };
  }

  function rename(id: string, name: string): "renamed" | "gone" | "name-taken" {
    const kept = find(id);
    if (!kept) return "gone";
    const other = find(name);
    if (other && other !== kept) return "name-taken";
    kept.name = name;
    return "renamed";
  }

  function exec(id: string, argv: readonly string[]): { exitCode: number; output: string } | "gone" {
    const kept = find(id);
    if (kept?.state !== "running") return "gone";
    return options.onExec?.(kept.name, argv) ?? { exitCode: 0, output: "" };
  }

  /** What a restart of the engine or the host does: builds break off; without live-restore every container dies, and watchers miss it. */
  function restarted(liveRestore: boolean): void {
    if (liveRestore) return;
    for (const kept of containers.values()) {
      if (kept.state !== "running") continue;
      kept.state = "exited";
      kept.pid = undefined;
      kept.exitCode = 0;
      kept.finishedAt = clock.now().toISOString();
    }
  }

  function find(idOrName: string): KeptContainer | undefined {
    return containers.get(idOrName) ?? [...containers.values()].find((kept) => kept.name === idOrName);
  }

  function known(idOrName: string): KeptContainer {
    const kept = find(idOrName);
    if (!kept) throw new Error(`The in-memory engine has no container ${idOrName}.`);
    return kept;
  }

  function tell(what: EngineChange["what"], { id, name }: KeptContainer): void {
    room.tell({ what, id, name });
  }

  function listed(kept: KeptContainer): EngineContainer {
    const { id, name, state, image } = kept;
    return {
      id,
      name,
      labels: { ...kept.labels },
      state,
      image,
      imageId: kept.imageId ?? imageIdOf(image) ?? image,
      devices: kept.devices === "all" ? "all" : [...kept.devices],
      createdAt: new Date(kept.createdAt),
    };
  }

  function inspected(kept: KeptContainer): EngineContainer {
    return {
      ...listed(kept),
      pid: kept.pid,
      startedAt: optional(kept.startedAt, (at) => new Date(at)),
      finishedAt: optional(kept.finishedAt, (at) => new Date(at)),
      exitCode: kept.exitCode,
      oomKilled: false,
    };
  }
}

export type Foreign = {
  name: string;
  labels?: Record<string, string>;
  devices?: string[] | "all";
  image?: string;
  running?: boolean;
};

export type KeptContainer = {
  id: string;
  name: string;
  labels: Record<string, string>;
  state: "created" | "running" | "exited";
  image: string;
  /** What the name meant when it was made. */
  imageId?: string | undefined;
  /** What is in its writable layer. */
  layerBytes?: number | undefined;
  devices: string[] | "all";
  createdAt: string;
  pid?: number | undefined;
  startedAt?: string | undefined;
  finishedAt?: string | undefined;
  exitCode?: number | undefined;
  lastWords?: string | undefined;
  spec?: ContainerSpec;
};

/** The labels that tell one making of a container from another under the same name. */
function isSame(there: { labels: Record<string, string> }, spec: ContainerSpec): boolean {
  return ["berth.container", "berth.run"].every((label) => there.labels[label] === spec.labels[label]);
}

function optional<T, U>(value: T | undefined, then: (value: T) => U): U | undefined {
  return value === undefined ? undefined : then(value);
}

/** The create call is looked at as for a real engine. */
const site: Site = {
  gpus: "nvidia",
  network: "berth",
  cgroupParent: "/berth",
  cpus: 64,
  openFiles: 65_536,
  unlimitedLockedMemory: false,
};
