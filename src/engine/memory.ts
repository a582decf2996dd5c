import { EngineRefused, EngineSilent } from "../errors.ts";
import type { BuildOrder, EngineDisk, ImageEngine } from "./build.ts";
import type { Engine, EngineChange, EngineFacts } from "./engine.ts";
import { type BuildScript, memoryBuild } from "./memory-build.ts";
import { memoryContainers } from "./memory-containers.ts";
import type { MemoryEngine, MemoryEngineOptions, Verb } from "./memory-engine.ts";
import { memoryImages } from "./memory-images.ts";

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
  const images = memoryImages({
    clock,
    containersOf: (imageId) => containers.madeFrom(imageId),
    instance: options.instance,
    fileOf: options.fileOf,
    from: options.from?.images,
  });
  for (const ref of options.images ?? []) images.put(ref);
  const containers = memoryContainers(
    { clock, imageIdOf: (ref) => images.find(ref)?.id, layered: images.layered, tell },
    options,
  );
  const published = new Set<string>();
  const scripts: BuildScript[] = [];
  const building = new Map<string, BuildOrder>();
  let broken = new AbortController();
  const listeners = new Set<(change: EngineChange) => void>();
  const troubles: Trouble[] = [];
  let silent = false;
  let deaf = false;
  let slowMs = 0;

  return {
    facts: () => call("facts", undefined, () => ({ ...plainFacts, ...options.facts })),
    imagesDir: () => call("imagesDir", undefined, () => ({ ...plainFacts, ...options.facts }).rootDir),
    list: () => call("list", undefined, containers.list),
    inspect: (idOrName) => call("inspect", idOrName, () => containers.inspect(idOrName)),
    create: (spec) => call("create", spec.name, () => containers.create(spec)),
    start: (id) => call("start", id, () => containers.start(id)),
    stop: (id) => call("stop", id, () => containers.stop(id)),
    remove: (id) => call("remove", id, () => containers.remove(id)),
    layerBytes: (id) => call("layerBytes", id, () => containers.layerBytes(id)),
    commit: (id, wanted, signal) => call("commit", id, () => commit(id, wanted, signal)),
    rename: (id, name) => call("rename", id, () => containers.rename(id, name)),
    image: (ref) => call("image", ref, () => images.seen(ref)),
    build: (order, onProgress, signal) => call("build", order.id, () => build(order, onProgress, signal)),
    tagImage: (id, ref) => call("tagImage", id, () => images.tagImage(id, ref)),
    removeImage: (id) => call("removeImage", id, () => images.removeImage(id)),
    untagImage: (ref) => call("untagImage", ref, () => images.untagImage(ref)),
    readFiles: (imageId, paths) => call("readFiles", imageId, () => images.readFiles(imageId, paths)),
    diskUse: () => call("diskUse", undefined, diskUse),
    prune: (unusedForHours) => call("prune", undefined, () => images.prune(unusedForHours)),
    pull: (ref, onProgress, signal) => call("pull", ref, () => pull(ref, onProgress, signal)),
    exec: (id, argv) => call("exec", id, () => containers.exec(id, argv)),
    lastWords: (id) => call("lastWords", id, () => containers.lastWords(id)),
    ensureNetwork: () => call("ensureNetwork", undefined, () => undefined),
    watch(onChange, signal) {
      if (signal.aborted) return;
      listeners.add(onChange);
      signal.addEventListener("abort", () => listeners.delete(onChange), { once: true });
    },

    saved: () => ({ ...containers.saved(), images: images.saved() }),
    sshAnswers: containers.publishes,
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
      restarted({ liveRestore }) {
        breakBuilds();
        containers.restarted(liveRestore);
      },
      lost: containers.lost,
      ended(idOrName, exitCode, lastWords) {
        const kept = containers.known(idOrName);
        kept.lastWords = lastWords;
        containers.ended(kept, exitCode);
      },
      outOfMemory: containers.oom,
      startedByHand: (idOrName) => containers.begin(containers.known(idOrName)),
      removedByHand: (idOrName) => void containers.remove(containers.known(idOrName).id),
      planted: (foreign) => containers.plant(foreign).id,
      hostPortTaken: containers.hostPortTaken,
      image: (ref, there, env, more) =>
        void (there ? images.put(ref, { env: env ?? {}, ...more }) : images.drop(ref)),
      published: (ref) => void published.add(ref),
      build: (script) => void scripts.push({ times: 1, ...script }),
      wrote: (idOrName, bytes) => {
        containers.known(idOrName).layerBytes = bytes;
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

  async function commit(
    id: string,
    wanted: Parameters<Engine["commit"]>[1],
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<Engine["commit"]>>> {
    signal.throwIfAborted();
    if (options.commitTakesMs) await clock.sleep(options.commitTakesMs, signal);
    signal.throwIfAborted();
    return containers.commit(id, wanted);
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
    return { ...images.disk(), containers: containers.layers() };
  }

  function tell(change: EngineChange): void {
    if (silent || deaf) return;
    for (const listener of listeners) queueMicrotask(() => listener(change));
  }
}

type Trouble = Parameters<MemoryEngine["now"]["trouble"]>[0];

function errorOf(trouble: Trouble, verb: Verb): Error {
  return trouble.error === "silent"
    ? new EngineSilent(`The container engine does not answer (${verb}).`)
    : new EngineRefused(`The container engine refused (${verb}).`);
}

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
