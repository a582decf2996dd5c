import { z } from "zod";
import type { EngineDisk, ImageEngine } from "./build.ts";
import { type Call, refusal } from "./call.ts";
import { removeReaders } from "./read-files.ts";

type Shared = Pick<ImageEngine, "tagImage" | "removeImage" | "untagImage" | "diskUse" | "prune">;

/** Names, removal and disk of the engine's images. */
export function imageVerbs(call: Call, instance: string): Shared {
  return { tagImage, removeImage, untagImage, diskUse, prune };

  async function tagImage(id: string, ref: string): Promise<"tagged" | "gone"> {
    const colon = ref.lastIndexOf(":");
    const [repo, tag] =
      colon > ref.lastIndexOf("/") ? [ref.slice(0, colon), ref.slice(colon + 1)] : [ref, "latest"];
    const answer = await call.json({
      method: "POST",
      path: `/images/${id}/tag`,
      query: { repo, tag },
      limitMs: 30_000,
    });
    if (answer.status === 404) return "gone";
    if (answer.status !== 200) throw refusal(answer);
    return "tagged";
  }

  /**
   * Never by force: that takes an image away from under a container that is stopped. So the names go one by one, and the
   * last takes the image with it, or comes back with the others.
   */
  async function removeImage(id: string): Promise<"removed" | "gone" | "in-use"> {
    const names = await namesOf(id);
    if (names === undefined) return "gone";
    if (await isUsed(id)) return "in-use";
    const taken: string[] = [];
    for (const name of names.slice(1)) if ((await untagImage(name)) === "untagged") taken.push(name);
    const answer = await remove(id);
    if (answer === "in-use") for (const name of taken) await tagImage(id, name);
    return answer;
  }

  async function untagImage(ref: string): Promise<"untagged" | "gone" | "in-use"> {
    const answer = await remove(ref);
    return answer === "removed" ? "untagged" : answer;
  }

  async function remove(idOrRef: string): Promise<"removed" | "gone" | "in-use"> {
    const answer = await call.json({
      method: "DELETE",
      path: `/images/${idOrRef}`,
      query: { force: false, noprune: false },
      limitMs: 120_000,
    });
    if (answer.status === 404) return "gone";
    if (answer.status === 409) return "in-use";
    if (answer.status !== 200) throw refusal(answer);
    return "removed";
  }

  async function namesOf(id: string): Promise<string[] | undefined> {
    const answer = await call.json({ method: "GET", path: `/images/${id}/json`, limitMs: 10_000 });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer);
    return realNames(z.looseObject({ RepoTags: names }).parse(answer.body).RepoTags);
  }

  async function isUsed(id: string): Promise<boolean> {
    const answer = await call.json({
      method: "GET",
      path: "/containers/json",
      query: { all: true },
      limitMs: 15_000,
    });
    if (answer.status !== 200) throw refusal(answer);
    const list = z.array(z.looseObject({ ImageID: z.string() })).parse(answer.body);
    return list.some(({ ImageID }) => ImageID === id);
  }

  async function diskUse(): Promise<EngineDisk> {
    const answer = await call.json({
      method: "GET",
      path: "/system/df",
      query: { verbose: true },
      limitMs: 10 * 60_000,
    });
    if (answer.status !== 200) throw refusal(answer);
    return readDisk(answer.body);
  }

  async function prune(unusedForHours: number): Promise<{ freedBytes: number }> {
    await removeReaders(call, instance);
    const dangling = { dangling: ["true"], label: [`berth.instance=${instance}`] };
    const images = await pruned("/images/prune", dangling);
    const cache = await pruned("/build/prune", { until: [`${unusedForHours}h`] });
    return { freedBytes: images + cache };
  }

  async function pruned(path: string, filters: Record<string, string[]>): Promise<number> {
    const answer = await call.json({
      method: "POST",
      path,
      query: { filters: JSON.stringify(filters) },
      limitMs: 30 * 60_000,
    });
    if (answer.status !== 200) throw refusal(answer);
    return z.looseObject({ SpaceReclaimed: z.number().default(0) }).parse(answer.body).SpaceReclaimed;
  }
}

/** Newer engines put each list below a word of its own. */
export function readDisk(body: unknown): EngineDisk {
  const said = dfShape.parse(body);
  const images = said.Images ?? said.ImageUsage?.Items ?? [];
  const containers = said.Containers ?? said.ContainerUsage?.Items ?? [];
  const cache = (said.BuildCache ?? said.BuildCacheUsage?.Items ?? []).filter((one) => !one.Shared);
  const sum = (some: typeof cache) => some.reduce((bytes, { Size }) => bytes + Size, 0);
  return {
    images: images.map((one) => ({
      id: one.Id,
      refs: realNames(one.RepoTags),
      bytes: one.Size,
      sharedBytes: Math.max(0, one.SharedSize),
      labels: one.Labels ?? {},
      createdAt: new Date(one.Created * 1000),
      containers: containers.filter(({ ImageID }) => ImageID === one.Id).length,
    })),
    containers: containers.map((one) => ({
      id: one.Id,
      name: (one.Names?.[0] ?? "").replace(/^\//, ""),
      layerBytes: one.SizeRw,
    })),
    buildCacheBytes: sum(cache),
    buildCacheUnusedBytes: sum(cache.filter((one) => !one.InUse)),
  };
}

function realNames(said: readonly string[] | null | undefined): string[] {
  return (said ?? []).filter((name) => name !== "<none>:<none>");
}

const names = z.array(z.string()).nullish();

const imageShape = z.object({
  Id: z.string(),
  RepoTags: names,
  Size: z.number(),
  SharedSize: z.number().default(0),
  Labels: z.record(z.string(), z.string()).nullish(),
  Created: z.number(),
});

const containerShape = z.object({
  Id: z.string(),
  ImageID: z.string(),
  Names: names,
  SizeRw: z.number().default(0),
});

const cacheShape = z.object({ Size: z.number(), InUse: z.boolean(), Shared: z.boolean() });

function listOf<T extends z.ZodType>(one: T) {
  return z.array(one).nullish();
}

const dfShape = z.object({
  Images: listOf(imageShape),
  Containers: listOf(containerShape),
  BuildCache: listOf(cacheShape),
  ImageUsage: z.object({ Items: listOf(imageShape) }).nullish(),
  ContainerUsage: z.object({ Items: listOf(containerShape) }).nullish(),
  BuildCacheUsage: z.object({ Items: listOf(cacheShape) }).nullish(),
});
