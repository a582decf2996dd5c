import { createHash } from "node:crypto";
import type { Clock } from "../world.ts";
import type { BuildOrder, EngineDisk, ImageEngine } from "./build.ts";
import type { EngineImage } from "./engine.ts";

/** An image of the in-memory engine. Plain values: JSON can carry them. */
export type KeptImage = {
  id: string;
  refs: string[];
  sizeBytes: number;
  sharedBytes: number;
  createdAt: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  /** What `readFiles` finds in it. */
  files: Record<string, string>;
  /** What it was built from, if it was built here. */
  madeOf?: { dockerfile: string; files: Record<string, string> };
  /** What it is a layer more of, if it was made of a container. */
  parent?: string;
};

export type ImageMore = Partial<Pick<KeptImage, "env" | "labels" | "files" | "sizeBytes" | "sharedBytes">>;

/** Answers for files that nobody put into an image: `undefined`, there is none. */
export type FileOf = (image: KeptImage, path: string) => string | undefined;

export type CacheEntry = { key: string; bytes: number; usedAt: string };

export type SavedImages = { images: KeptImage[]; cache: CacheEntry[] };

export type MemoryImages = Omit<ImageEngine, "build" | "diskUse"> & {
  /** By a name or an id. */
  find(refOrId: string): KeptImage | undefined;
  seen(refOrId: string): EngineImage | undefined;
  /** `after`: the id of the one before it under this name. */
  put(ref: string, more?: ImageMore, after?: string): KeptImage;
  drop(refOrId: string): void;
  /** What a build made: the same order on the same base is the same image. */
  built(order: BuildOrder, base: KeptImage | undefined, more: ImageMore): KeptImage;
  /** What a commit makes: the same with one layer more; answers its id. */
  layered(onto: string, more: { ref: string; bytes: number; labels: Record<string, string> }): string;
  /** Whether a step is in the build cache. */
  isCached(key: string): boolean;
  keepCached(key: string): void;
  disk(): Pick<EngineDisk, "images" | "buildCacheBytes" | "buildCacheUnusedBytes">;
  saved(): SavedImages;
};

/** The images and the build cache of the in-memory engine. `containersOf`: how many containers are made from one. */
export function memoryImages(options: {
  clock: Clock;
  containersOf: (imageId: string) => number;
  instance: string | undefined;
  fileOf: FileOf | undefined;
  from: SavedImages | undefined;
}): MemoryImages {
  const { clock, containersOf } = options;
  const images = new Map((options.from?.images ?? []).map((image) => [image.id, structuredClone(image)]));
  let commits = images.size;
  const cache = new Map((options.from?.cache ?? []).map((entry) => [entry.key, { ...entry }]));

  return {
    find,
    seen(refOrId) {
      const found = find(refOrId);
      if (!found) return undefined;
      const { id, sizeBytes, createdAt, env, labels } = found;
      const layers = layersOf(found);
      return { id, sizeBytes, createdAt: new Date(createdAt), env, labels: { ...labels }, layers };
    },
    put,
    drop(refOrId) {
      const found = find(refOrId);
      if (found) images.delete(found.id);
    },
    built,
    layered,
    isCached: (key) => cache.has(key),
    keepCached: (key) => void cache.set(key, { key, bytes: 10_000_000, usedAt: clock.now().toISOString() }),
    disk,
    saved: () => structuredClone({ images: [...images.values()], cache: [...cache.values()] }),
    tagImage: async (id, ref) => {
      const image = images.get(id);
      if (!image) return "gone";
      name(image, ref);
      return "tagged";
    },
    removeImage: async (id) => {
      if (!images.has(id)) return "gone";
      if (containersOf(id) > 0 || hasChildren(id)) return "in-use";
      removed(id);
      return "removed";
    },
    untagImage: async (ref) => {
      const wanted = withTag(ref);
      const image = [...images.values()].find((one) => one.refs.includes(wanted));
      if (!image) return "gone";
      const isLast = image.refs.length === 1;
      if (isLast && containersOf(image.id) > 0) return "in-use";
      image.refs = image.refs.filter((one) => one !== wanted);
      if (isLast && !hasChildren(image.id)) removed(image.id);
      return "untagged";
    },
    readFiles: async (imageId, paths) => {
      const image = find(imageId);
      return new Map(paths.map((path) => [path, image && textOf(image, path)]));
    },
    prune: async (unusedForHours) => {
      const before = clock.now().getTime() - unusedForHours * 3_600_000;
      let freedBytes = 0;
      for (const image of images.values()) {
        if (image.refs.length > 0 || !isOurs(image) || containersOf(image.id) > 0) continue;
        if (hasChildren(image.id)) continue;
        images.delete(image.id);
        freedBytes += image.sizeBytes - image.sharedBytes;
      }
      for (const [key, { bytes, usedAt }] of cache) {
        if (new Date(usedAt).getTime() > before) continue;
        cache.delete(key);
        freedBytes += bytes;
      }
      return { freedBytes };
    },
  };

  function find(refOrId: string): KeptImage | undefined {
    const ref = withTag(refOrId);
    return images.get(refOrId) ?? [...images.values()].find((image) => image.refs.includes(ref));
  }

  function put(ref: string, more: ImageMore = {}, after = ""): KeptImage {
    const there = after ? undefined : find(ref);
    const image: KeptImage = there ?? {
      id: digest(ref + after),
      refs: [],
      sizeBytes: 250_000_000,
      sharedBytes: 0,
      createdAt: clock.now().toISOString(),
      env: { PATH: "/opt/venv/bin:/usr/local/bin:/usr/bin:/bin" },
      labels: {},
      files: { "/etc/os-release": osRelease },
    };
    Object.assign(image, more, { files: { ...image.files, ...more.files } });
    images.set(image.id, image);
    name(image, ref);
    return image;
  }

  function built(order: BuildOrder, base: KeptImage | undefined, more: ImageMore): KeptImage {
    const { dockerfile, labels } = order;
    const files = Object.fromEntries(order.files);
    const id = digest(JSON.stringify([dockerfile, files, labels, base?.id]));
    const image: KeptImage = images.get(id) ?? {
      id,
      refs: [],
      sizeBytes: (base?.sizeBytes ?? 0) + 20_000_000,
      sharedBytes: base?.sizeBytes ?? 0,
      createdAt: clock.now().toISOString(),
      env: { ...base?.env },
      labels: { ...labels },
      files: { ...base?.files },
      madeOf: { dockerfile, files },
    };
    Object.assign(image, more, { files: { ...image.files, ...copied(order), ...more.files } });
    images.set(id, image);
    for (const tag of order.tags) name(image, tag);
    return image;
  }

  function layered(onto: string, { ref, bytes, labels }: Parameters<MemoryImages["layered"]>[1]): string {
    const base = images.get(onto);
    commits += 1;
    const image: KeptImage = {
      id: digest(`${onto} ${commits} ${clock.now().toISOString()}`),
      refs: [],
      sizeBytes: (base?.sizeBytes ?? 0) + bytes,
      sharedBytes: base?.sizeBytes ?? 0,
      createdAt: clock.now().toISOString(),
      env: { ...base?.env },
      labels: { ...base?.labels, ...labels },
      files: { ...base?.files },
      parent: onto,
    };
    images.set(image.id, image);
    name(image, ref);
    return image.id;
  }

  function layersOf(image: KeptImage): string[] {
    const parent = image.parent === undefined ? undefined : images.get(image.parent);
    if (parent) return [...layersOf(parent), ...(image.sizeBytes > parent.sizeBytes ? [image.id] : [])];
    return [digest(JSON.stringify([image.files, image.madeOf ?? image.id]))];
  }

  function hasChildren(id: string): boolean {
    return [...images.values()].some(({ parent }) => parent === id);
  }

  /** With those below it that nothing needs any more. */
  function removed(id: string): void {
    const parent = images.get(images.get(id)?.parent ?? "");
    images.delete(id);
    if (parent && parent.refs.length === 0 && containersOf(parent.id) === 0 && !hasChildren(parent.id))
      removed(parent.id);
  }

  function name(image: KeptImage, ref: string): void {
    const full = withTag(ref);
    for (const other of images.values()) other.refs = other.refs.filter((one) => one !== full);
    image.refs.push(full);
  }

  function isOurs({ labels }: KeptImage): boolean {
    const whose = labels["berth.instance"];
    return whose !== undefined && (options.instance === undefined || options.instance === whose);
  }

  function textOf(image: KeptImage, path: string): string | undefined {
    return image.files[path] ?? options.fileOf?.(image, path);
  }

  function disk(): Pick<EngineDisk, "images" | "buildCacheBytes" | "buildCacheUnusedBytes"> {
    const buildCacheBytes = [...cache.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      images: [...images.values()].map(({ id, refs, sizeBytes, sharedBytes, labels, createdAt }) => ({
        id,
        refs: [...refs],
        bytes: sizeBytes,
        sharedBytes,
        labels: { ...labels },
        createdAt: new Date(createdAt),
        containers: containersOf(id),
      })),
      buildCacheBytes,
      buildCacheUnusedBytes: buildCacheBytes,
    };
  }
}

/** What `COPY <a small file> </a/place>` puts into an image; nothing else is carried out. */
function copied({ dockerfile, files }: BuildOrder): Record<string, string> {
  const found = dockerfile.matchAll(/^COPY (\S+) (\/\S+)$/gm);
  return Object.fromEntries(
    [...found].flatMap(([, from = "", to = ""]) => {
      const text = files.get(from);
      return text === undefined ? [] : [[to, text]];
    }),
  );
}

/** `vision` is `vision:latest`; ids and names with a tag stay as they are. */
function withTag(ref: string): string {
  return /^sha256:|@|:[^/]+$/.test(ref) ? ref : `${ref}:latest`;
}

function digest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

const osRelease = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION_CODENAME=bookworm
ID=debian
`;
