import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EngineRefused } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../world.ts";
import { createBody, type GpuBinding, type Site } from "./body.ts";
import { buildImage } from "./build-image.ts";
import { type Answer, engineCalls, refusal } from "./call.ts";
import { checkBody, type MountRoots } from "./check-body.ts";
import { commitContainer, layerBytes } from "./commit.ts";
import type { ContainerSpec, Engine, EngineContainer, EngineImage } from "./engine.ts";
import { lastWords, runInContainer } from "./exec.ts";
import { readFacts } from "./facts.ts";
import { imageVerbs } from "./images.ts";
import { imagesDir } from "./images-dir.ts";
import { ensureBridge, type NetworkNames } from "./network.ts";
import { pullImage } from "./pull.ts";
import { readInspected, readListed } from "./read-container.ts";
import { isReader, readFiles } from "./read-files.ts";
import { followEvents } from "./watch.ts";

export type DockerEngineOptions = {
  /** `unix:///var/run/docker.sock`, a path, or `tcp://host:port`. */
  dockerHost: string;
  instance: string;
  network: NetworkNames;
  /** Without the driver's decoration: `berth` becomes `/berth` or `berth.slice`. */
  cgroupParent: string;
  gpus: GpuBinding;
  /** Where bind mounts may begin; asked at every create, so that a changed policy counts. */
  mountRoots: () => MountRoots;
  /** Whether the engine may lift the limit of locked memory (it needs CAP_SYS_RESOURCE). */
  unlimitedLockedMemory?: boolean;
  clock: Clock;
  log: Log;
};

/** Docker, by its API. Nothing is asked before the first verb: it may be made while the engine is down. */
export function dockerEngine(options: DockerEngineOptions): Engine {
  const { clock, log, instance } = options;
  const call = engineCalls(options.dockerHost, clock);
  const devices = new Map<string, EngineContainer["devices"]>();
  let site: Site | undefined;
  const images = imageVerbs(call, instance);
  const buildRoom = {
    call,
    clock,
    sizeOf: async (id: string) => (await image(id))?.sizeBytes,
    removeImage: images.removeImage,
  };

  return {
    ...images,
    build: (order, onProgress, signal) => buildImage(buildRoom, order, onProgress, signal),
    readFiles: (imageId, paths) => readFiles(call, instance, imageId, paths),
    facts: () => readFacts(call),
    imagesDir: imagesDir(call, clock),
    list,
    inspect,
    create,
    start,
    stop,
    remove,
    layerBytes: (id) => layerBytes(call, id),
    commit: (id, wanted, signal) => commitContainer(call, id, wanted, signal),
    rename,
    image,
    pull: (ref, onProgress, signal, logins) => pullImage(call, clock, ref, onProgress, signal, logins),
    exec: (id, argv, limitSeconds) => runInContainer(call, clock, id, argv, limitSeconds),
    lastWords: (id, lines) => lastWords(call, clock, id, lines),
    watch(onChange, signal) {
      followEvents(call, { clock, log }, onChange, signal).catch((error) =>
        log.error({ err: error }, "watching the engine ended"),
      );
    },
    ensureNetwork: () => ensureBridge(call, options.instance, options.network),
  };

  async function list(): Promise<EngineContainer[]> {
    const answer = await call.json({
      method: "GET",
      path: "/containers/json",
      query: { all: true },
      limitMs: 15_000,
    });
    if (answer.status !== 200) throw refusal(answer);
    const entries = listShape
      .parse(answer.body)
      .filter((entry) => !isReader(entry.State, entry.Labels ?? {}));
    const gone = await learnDevices(entries.map((entry) => entry.Id));
    return entries
      .filter((entry) => !gone.has(entry.Id))
      .map((entry) => readListed(entry, (id) => devices.get(id) ?? []));
  }

  /** The list does not tell devices. They never change, so each container is looked at once; answers those gone meanwhile. */
  async function learnDevices(ids: string[]): Promise<Set<string>> {
    const there = new Set(ids);
    for (const id of devices.keys()) if (!there.has(id)) devices.delete(id);
    const unknown = ids.filter((id) => !devices.has(id));
    const gone = new Set<string>();
    for (let at = 0; at < unknown.length; at += 8) {
      const some = unknown.slice(at, at + 8);
      const found = await Promise.all(some.map(inspect));
      for (const [index, one] of found.entries()) if (!one) gone.add(some[index] as string);
    }
    return gone;
  }

  async function inspect(idOrName: string): Promise<EngineContainer | undefined> {
    const answer = await call.json({
      method: "GET",
      path: `/containers/${encodeURIComponent(idOrName)}/json`,
      limitMs: 10_000,
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer);
    const one = readInspected(answer.body);
    devices.set(one.id, one.devices);
    return one;
  }

  async function create(spec: ContainerSpec): Promise<Awaited<ReturnType<Engine["create"]>>> {
    const here = await learnSite();
    const body = createBody(spec, here);
    checkBody(spec.name, body, {
      instance: options.instance,
      network: options.network.name,
      cgroupParent: here.cgroupParent,
      roots: options.mountRoots(),
    });
    const answer = await call.json({
      method: "POST",
      path: "/containers/create",
      query: { name: spec.name },
      body,
      limitMs: 60_000,
    });
    if (answer.status === 200) return { is: "created", id: createdShape.parse(answer.body).Id };
    if (answer.status === 404 && /no such image/i.test(answer.message)) return { is: "no-image" };
    if (answer.status === 409) return whoseName(spec, answer);
    // It may have been set up anew since it was asked.
    site = undefined;
    throw refusal(answer);
  }

  async function whoseName(
    spec: ContainerSpec,
    conflict: Answer,
  ): Promise<Awaited<ReturnType<Engine["create"]>>> {
    const there = await inspect(spec.name);
    if (!there) throw refusal(conflict);
    const same = sameMaking.every((label) => there.labels[label] === spec.labels[label]);
    return same ? { is: "there", id: there.id } : { is: "name-taken" };
  }

  async function start(id: string): Promise<Awaited<ReturnType<Engine["start"]>>> {
    const answer = await call.json({ method: "POST", path: `/containers/${id}/start`, limitMs: 60_000 });
    if (answer.status === 200) return "started";
    if (answer.status === 304) return "already";
    if (answer.status === 404 && /no such container/i.test(answer.message)) return "gone";
    if (/port is already allocated|address already in use/i.test(answer.message)) return "port-taken";
    throw refusal(answer);
  }

  async function stop(id: string, graceSeconds: number): Promise<"stopped" | "already" | "gone"> {
    const limitMs = (graceSeconds + 30) * 1000;
    const answer = await call.json({
      method: "POST",
      path: `/containers/${id}/stop`,
      query: { t: graceSeconds },
      limitMs,
    });
    if (answer.status === 304) return "already";
    if (answer.status === 404) return "gone";
    if (answer.status !== 200) throw refusal(answer);
    return "stopped";
  }

  async function remove(id: string): Promise<"removed" | "gone"> {
    const answer = await call.json({
      method: "DELETE",
      path: `/containers/${id}`,
      query: { force: true, v: true },
      limitMs: 120_000,
    });
    if (answer.status === 404) return "gone";
    if (answer.status !== 200) throw refusal(answer);
    return "removed";
  }

  async function rename(id: string, name: string): Promise<"renamed" | "gone" | "name-taken"> {
    // It calls its own name taken, in one version by 400 and in another by 409.
    const there = await inspect(id);
    if (!there) return "gone";
    if (there.name === name) return "renamed";
    const answer = await call.json({
      method: "POST",
      path: `/containers/${id}/rename`,
      query: { name },
      limitMs: 30_000,
    });
    if (answer.status === 404) return "gone";
    if (answer.status === 409) return "name-taken";
    if (answer.status !== 200) throw refusal(answer);
    return "renamed";
  }

  async function image(ref: string): Promise<EngineImage | undefined> {
    const answer = await call.json({ method: "GET", path: `/images/${ref}/json`, limitMs: 10_000 });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer);
    const { Id, Size, Created, Config, RootFS } = imageShape.parse(answer.body);
    const env = Object.fromEntries(
      (Config?.Env ?? []).map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
    );
    return {
      id: Id,
      sizeBytes: Size,
      createdAt: new Date(Created),
      env,
      labels: Config?.Labels ?? {},
      layers: RootFS?.Layers ?? [Id],
    };
  }

  /** What the create body needs of the engine; read once. */
  async function learnSite(): Promise<Site> {
    if (site) return site;
    const facts = await readFacts(call);
    if (facts.cgroupDriver === "none") {
      throw new EngineRefused(
        "This engine enforces no limits (its cgroup driver is “none”): members' containers can't run on it.",
      );
    }
    site = {
      gpus: options.gpus,
      network: options.network.name,
      cgroupParent:
        facts.cgroupDriver === "systemd" ? `${options.cgroupParent}.slice` : `/${options.cgroupParent}`,
      cpus: facts.cpus,
      openFiles: await openFilesLimit(),
      unlimitedLockedMemory: options.unlimitedLockedMemory ?? false,
    };
    return site;
  }
}

/** The labels that tell one making of a container from another under the same name. */
const sameMaking = ["berth.container", "berth.run"];

const listShape = z.array(
  z.looseObject({ Id: z.string(), State: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
);

const createdShape = z.object({ Id: z.string() });

const imageShape = z.object({
  Id: z.string(),
  Size: z.number(),
  Created: z.string(),
  Config: z
    .object({
      Env: z.array(z.string()).nullish(),
      Labels: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  RootFS: z.object({ Layers: z.array(z.string()).nullish() }).nullish(),
});

/** Our own hard limit stands for the engine's: both were started by the same machine, and above its own a start fails. */
async function openFilesLimit(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 65_536);
}
