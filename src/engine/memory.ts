import { EngineRefused, EngineSilent } from "../errors.ts";
import type { Clock } from "../world.ts";
import { createBody, type Site } from "./body.ts";
import type { BuildOrder, EngineDisk, ImageEngine } from "./build.ts";
import { checkBody, type MountRoots } from "./check-body.ts";
import type { ContainerSpec, Engine, EngineChange, EngineContainer, EngineFacts } from "./engine.ts";
import { type BuildScript, memoryBuild } from "./memory-build.ts";
import {
  type FileOf,
  type ImageMore,
  type KeptImage,
  memoryImages,
  type SavedImages,
} from "./memory-images.ts";

/**
 * An engine without containers: the same contract as docker.ts, kept in memory. For fast tests, for tests in which the
 * engine misbehaves, and for the demo on a machine where nobody is root. Made containers run nothing; they keep their
 * state, their devices and their SSH port.
 *
 * It outlives whoever calls it: a bot that is "killed" and started again is given the same object, or another one made
 * `from` what `saved()` returned.
 */
export function memoryEngine(options: MemoryEngineOptions): MemoryEngine {
  const { clock } = options;
  const containers = new Map<string, Kept>(
    (options.from?.containers ?? []).map((kept) => [kept.id, { ...kept }]),
  );
  const images = memoryImages({
    clock,
    containersOf: (imageId) => [...containers.values()].filter((kept) => kept.imageId === imageId).length,
    instance: options.instance,
    fileOf: options.fileOf,
    from: options.from?.images,
  });
  for (const ref of options.images ?? []) images.put(ref);
  const published = new Set<string>();
  const scripts: BuildScript[] = [];
  const building = new Map<string, BuildOrder>();
  let broken = new AbortController();
  const listeners = new Set<(change: EngineChange) => void>();
  const hostPorts = new Set<number>();
  const troubles: Trouble[] = [];
  let silent = false;
  let deaf = false;
  let slowMs = 0;
  let made = options.from?.made ?? 0;

  return {
    facts: () => call("facts", undefined, () => ({ ...plainFacts, ...options.facts })),
    list: () => call("list", undefined, () => [...containers.values()].map(listed)),
    inspect: (idOrName) => call("inspect", idOrName, () => optional(find(idOrName), inspected)),
    create: (spec) => call("create", spec.name, () => create(spec)),
    start: (id) => call("start", id, () => start(id)),
    stop: (id) => call("stop", id, () => stop(id)),
    remove: (id) => call("remove", id, () => remove(id)),
    image: (ref) => call("image", ref, () => images.seen(ref)),
    build: (order, onProgress, signal) => call("build", order.id, () => build(order, onProgress, signal)),
    tagImage: (id, ref) => call("tagImage", id, () => images.tagImage(id, ref)),
    removeImage: (id) => call("removeImage", id, () => images.removeImage(id)),
    untagImage: (ref) => call("untagImage", ref, () => images.untagImage(ref)),
    readFiles: (imageId, paths) => call("readFiles", imageId, () => images.readFiles(imageId, paths)),
    diskUse: () => call("diskUse", undefined, diskUse),
    prune: (unusedForHours) => call("prune", undefined, () => images.prune(unusedForHours)),
    pull: (ref, onProgress, signal) => call("pull", ref, () => pull(ref, onProgress, signal)),
    exec: (id, argv) => call("exec", id, () => exec(id, argv)),
    lastWords: (id) => call("lastWords", id, () => find(id)?.lastWords ?? ""),
    ensureNetwork: () => call("ensureNetwork", undefined, () => undefined),
    watch(onChange, signal) {
      if (signal.aborted) return;
      listeners.add(onChange);
      signal.addEventListener("abort", () => listeners.delete(onChange), { once: true });
    },

    saved: () => ({
      made,
      containers: [...containers.values()].map((kept) => ({ ...kept })),
      images: images.saved(),
    }),
    sshAnswers: publishes,
    building: () => [...building.values()],
    imageNamed: (refOrId) => structuredClone(images.find(refOrId)),
    now: {
      silent: (on) => {
        silent = on;
        if (on) breakBuilds();
      },
      slow: (milliseconds) => {
        slowMs = milliseconds;
      },
      deaf: (on) => {
        deaf = on;
      },
      trouble: (trouble) => void troubles.push({ times: 1, ...trouble }),
      restarted: ({ liveRestore }) => restarted(liveRestore),
      lost: (idOrName) => void containers.delete(known(idOrName).id),
      ended: (idOrName, exitCode, lastWords) => {
        const kept = known(idOrName);
        kept.lastWords = lastWords;
        ended(kept, exitCode);
      },
      outOfMemory: (idOrName) => tell("oom", known(idOrName)),
      startedByHand: (idOrName) => void begin(known(idOrName)),
      removedByHand: (idOrName) => void remove(known(idOrName).id),
      planted: (foreign) => plant(foreign).id,
      hostPortTaken: (port, taken) => void (taken ? hostPorts.add(port) : hostPorts.delete(port)),
      image: (ref, there, env, more) =>
        void (there ? images.put(ref, { env: env ?? {}, ...more }) : images.drop(ref)),
      published: (ref) => void published.add(ref),
      build: (script) => void scripts.push({ times: 1, ...script }),
      wrote: (idOrName, bytes) => {
        known(idOrName).layerBytes = bytes;
      },
    },
  };

  /** Every verb passes here: silence, slowness and planned troubles come before or after its effect. */
  async function call<T>(
    verb: Verb,
    subject: string | undefined,
    effect: () => T | Promise<T>,
  ): Promise<Awaited<T>> {
    await options.hooks?.before?.(verb, subject);
    await (slowMs > 0 ? clock.sleep(slowMs) : Promise.resolve());
    if (silent) throw new EngineSilent(`The container engine does not answer (${verb}).`);
    const trouble = takeTrouble(verb);
    if (trouble?.when === "before") throw errorOf(trouble, verb);
    const result = await effect();
    if (trouble?.when === "after") throw errorOf(trouble, verb);
    await options.hooks?.after?.(verb, subject);
    return result;
  }

  function takeTrouble(verb: Verb): Trouble | undefined {
    const index = troubles.findIndex((trouble) => trouble.verb === verb);
    const trouble = troubles[index];
    if (!trouble) return undefined;
    trouble.times = (trouble.times ?? 1) - 1;
    if (trouble.times <= 0) troubles.splice(index, 1);
    return trouble;
  }

  function create(spec: ContainerSpec): Awaited<ReturnType<Engine["create"]>> {
    checkBody(spec.name, createBody(spec, site), {
      ...site,
      instance: spec.labels["berth.instance"] ?? "",
      roots: options.mountRoots ?? { writable: spec.mounts.map((mount) => mount.source), readOnly: [] },
    });
    const there = find(spec.name);
    if (there) return isSame(there, spec) ? { is: "there", id: there.id } : { is: "name-taken" };
    if (!images.find(spec.image)) return { is: "no-image" };
    const kept = plant({
      name: spec.name,
      labels: spec.labels,
      devices: [...spec.devices],
      image: spec.image,
    });
    kept.spec = structuredClone(spec);
    return { is: "created", id: kept.id };
  }

  function plant(foreign: Foreign): Kept {
    made += 1;
    const kept: Kept = {
      id: made.toString(16).padStart(64, "0"),
      name: foreign.name,
      labels: { ...foreign.labels },
      state: "created",
      image: foreign.image ?? "somebody/else:latest",
      imageId: images.find(foreign.image ?? "")?.id,
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

  function begin(kept: Kept): void {
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

  function ended(kept: Kept, exitCode: number): void {
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

  async function pull(
    ref: string,
    onProgress: (percent: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (options.pullable !== "all" && !options.pullable?.includes(ref))
      throw new EngineRefused(`There is no image ${ref} to pull.`);
    signal.throwIfAborted();
    onProgress(100);
    const moved = published.delete(ref) ? images.find(ref) : undefined;
    images.put(ref, {}, moved?.id);
  }

  async function build(
    order: BuildOrder,
    onProgress: Parameters<ImageEngine["build"]>[1],
    signal: AbortSignal,
  ): ReturnType<ImageEngine["build"]> {
    signal.throwIfAborted();
    const script = takeScript(order) ?? options.onBuild?.(order) ?? {};
    building.set(order.id, order);
    try {
      const room = { clock, images, script, broken: broken.signal };
      return await memoryBuild(room, order, onProgress, signal);
    } finally {
      building.delete(order.id);
    }
  }

  function takeScript(order: BuildOrder): BuildScript | undefined {
    const index = scripts.findIndex((script) => script.of?.(order) ?? true);
    const script = scripts[index];
    if (!script) return undefined;
    script.times = (script.times ?? 1) - 1;
    if (script.times <= 0) scripts.splice(index, 1);
    return script;
  }

  function breakBuilds(): void {
    broken.abort();
    broken = new AbortController();
  }

  function diskUse(): EngineDisk {
    const layers = [...containers.values()].map(({ id, name, layerBytes = 0 }) => ({ id, name, layerBytes }));
    return { ...images.disk(), containers: layers };
  }

  function exec(id: string, argv: readonly string[]): { exitCode: number; output: string } | "gone" {
    const kept = find(id);
    if (kept?.state !== "running") return "gone";
    return options.onExec?.(kept.name, argv) ?? { exitCode: 0, output: "" };
  }

  /** What a restart of the engine or the host does: builds break off; without live-restore every container dies, and watchers miss it. */
  function restarted(liveRestore: boolean): void {
    breakBuilds();
    if (liveRestore) return;
    for (const kept of containers.values()) {
      if (kept.state !== "running") continue;
      kept.state = "exited";
      kept.pid = undefined;
      kept.exitCode = 0;
      kept.finishedAt = clock.now().toISOString();
    }
  }

  function find(idOrName: string): Kept | undefined {
    return containers.get(idOrName) ?? [...containers.values()].find((kept) => kept.name === idOrName);
  }

  function known(idOrName: string): Kept {
    const kept = find(idOrName);
    if (!kept) throw new Error(`The in-memory engine has no container ${idOrName}.`);
    return kept;
  }

  function tell(what: EngineChange["what"], kept: Kept): void {
    if (silent || deaf) return;
    for (const listener of listeners) queueMicrotask(() => listener({ what, id: kept.id, name: kept.name }));
  }

  function listed(kept: Kept): EngineContainer {
    const { id, name, state, image } = kept;
    return {
      id,
      name,
      labels: { ...kept.labels },
      state,
      image,
      imageId: kept.imageId ?? images.find(image)?.id ?? image,
      devices: kept.devices === "all" ? "all" : [...kept.devices],
      createdAt: new Date(kept.createdAt),
    };
  }

  function inspected(kept: Kept): EngineContainer {
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

export type MemoryEngineOptions = {
  clock: Clock;
  /** Whose images a prune may take; every instance's if not given. */
  instance?: string;
  /** References that are there at the beginning. */
  images?: readonly string[];
  /** References that a pull finds. */
  pullable?: readonly string[] | "all";
  facts?: Partial<EngineFacts>;
  /** Where bind mounts may begin; anywhere if not given. */
  mountRoots?: MountRoots;
  /** How a build goes that has no script of its own (`now.build`). */
  onBuild?: (order: BuildOrder) => BuildScript | undefined;
  /** What `readFiles` finds where nobody put anything: for the lists that a finished build leaves in its image. */
  fileOf?: FileOf;
  /** How long a stop lasts on the clock; 0 if not given. */
  stopTakesMs?: number;
  onExec?: (name: string, argv: readonly string[]) => { exitCode: number; output: string };
  /** Called around every verb; `after` only when it succeeded. What they throw, the caller gets. */
  hooks?: {
    before?: (verb: Verb, subject: string | undefined) => void | Promise<void>;
    after?: (verb: Verb, subject: string | undefined) => void | Promise<void>;
  };
  /** What an earlier one had `saved()`. */
  from?: SavedEngine;
};

export type MemoryEngine = Engine & {
  /** Plain values (JSON can carry them) from which another in-memory engine goes on. */
  saved(): SavedEngine;
  /** Stands in for the SSH probe: whether a running container publishes this port. */
  sshAnswers(port: number): boolean;
  /** Those that are going on. */
  building(): BuildOrder[];
  /** With its names, labels, files, and what it was built from. */
  imageNamed(refOrId: string): KeptImage | undefined;
  /** Makes it misbehave, from now on. Those that name a container throw if there is none. */
  now: {
    /** Nothing is answered: every verb throws EngineSilent, builds break off and nothing is told to watchers. */
    silent(on: boolean): void;
    /** Each verb takes this long on the clock before it acts. */
    slow(milliseconds: number): void;
    /** Watchers hear nothing, verbs answer. */
    deaf(on: boolean): void;
    /** The next `times` (1) calls of a verb fail, before their effect or after it. */
    trouble(trouble: {
      verb: Verb;
      when: "before" | "after";
      error: "silent" | "refused";
      times?: number;
    }): void;
    /** The engine was restarted; without live-restore all its containers have exited. */
    restarted(how: { liveRestore: boolean }): void;
    /** A container is gone and nobody was told. */
    lost(idOrName: string): void;
    /** Its process 1 ended by itself, with these words printed. */
    ended(idOrName: string, exitCode: number, lastWords?: string): void;
    outOfMemory(idOrName: string): void;
    startedByHand(idOrName: string): void;
    removedByHand(idOrName: string): void;
    /** A container that somebody else made; returns its id. */
    planted(foreign: Foreign): string;
    /** Something on the host listens on this port, or not any more. */
    hostPortTaken(port: number, taken: boolean): void;
    /** An image appears or disappears. */
    image(ref: string, there: boolean, env?: Record<string, string>, more?: ImageMore): void;
    /** Its registry has another image under this name now: the next pull gets that. */
    published(ref: string): void;
    /** The next build that fits goes like this. */
    build(script: BuildScript): void;
    /** So much is in a container's writable layer. */
    wrote(idOrName: string, bytes: number): void;
  };
};

type Verb = Exclude<keyof Engine, "watch">;

export type SavedEngine = { made: number; containers: Kept[]; images?: SavedImages };

type Foreign = {
  name: string;
  labels?: Record<string, string>;
  devices?: string[] | "all";
  image?: string;
  running?: boolean;
};

type Trouble = Parameters<MemoryEngine["now"]["trouble"]>[0];

type Kept = {
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

function errorOf(trouble: Trouble, verb: Verb): Error {
  return trouble.error === "silent"
    ? new EngineSilent(`The container engine does not answer (${verb}).`)
    : new EngineRefused(`The container engine refused (${verb}).`);
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

const plainFacts: EngineFacts = {
  kind: "docker",
  version: "27.5.1",
  apiVersion: "1.47",
  cgroupDriver: "systemd",
  cgroupVersion: "2",
  liveRestore: true,
  defaultRuntime: "runc",
  runtimes: ["runc"],
  cdi: false,
  rootDir: "/var/lib/docker",
  cpus: 64,
  memoryBytes: 512 * 2 ** 30,
  storageDriver: "overlay2",
  securityOptions: ["name=seccomp,profile=builtin"],
  buildBridge: { name: "docker0", neighbours: false },
};
