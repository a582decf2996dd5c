/**
 * The part of the engine's port that makes images and cleans up after them. Silence and refusals are thrown as by the
 * other verbs (engine.ts).
 */
export type ImageEngine = {
  /**
   * Builds an image with BuildKit. `onProgress` is called when something changed, at most once a second and once at the end.
   * `ready` only if the engine has the image that the stream named; whatever else the stream said, an error in it is
   * `failed`. Rejects with the signal's reason when that aborts, after the engine was told to cancel; what was built so
   * far stays in the cache, and nothing of ours is left dangling. Throws `EngineSilent` when the stream breaks off, or
   * says nothing for 15 minutes.
   */
  build(order: BuildOrder, onProgress: (now: BuildNow) => void, signal: AbortSignal): Promise<BuildResult>;

  /** Gives an image that is there a local name, `repository:tag`; the name leaves another image that had it. Safe to repeat. */
  tagImage(id: string, ref: string): Promise<"tagged" | "gone">;

  /**
   * Takes away an image with all its local names. `in-use`: a container, running or not, is made from it, or another image
   * stands on it; then nothing changed. Safe to repeat. By id only: a name may have moved.
   */
  removeImage(id: string): Promise<"removed" | "gone" | "in-use">;

  /**
   * Takes away one local name; with its last one an image goes too. `in-use`: it is the last name of an image that a
   * container is made from; then nothing changed. Safe to repeat.
   */
  untagImage(ref: string): Promise<"untagged" | "gone" | "in-use">;

  /**
   * Text files out of an image, by way of a container that is never started and taken away again: path → its text, or
   * `undefined` where there is no such file. Links are not followed; at most 4 MiB each.
   */
  readFiles(imageId: string, paths: readonly string[]): Promise<Map<string, string | undefined>>;

  /** What takes the engine's disk. Expensive (seconds with many layers): at most hourly, and when an admin asks. */
  diskUse(): Promise<EngineDisk>;

  /**
   * Frees build cache that was not used for that many hours, and dangling images with our `berth.instance` label. Bytes freed.
   */
  prune(unusedForHours: number): Promise<{ freedBytes: number }>;
};

export type BuildOrder = {
  /** Unique; what cancels it. */
  id: string;
  /** Text of the Dockerfile. It is not part of the context, so no step can read it by name. */
  dockerfile: string;
  /** The build context: small files by their path, and a directory of the host if there is one. */
  files: ReadonlyMap<string, string>;
  context?: BuildContext;
  labels: Record<string, string>;
  /** Local names of the finished image. */
  tags: readonly string[];
  /** `HTTP_PROXY` and its like, which the engine leaves out of the image. Never secrets. */
  buildArgs: Record<string, string>;
  /** By registry host; what its bases are fetched with. */
  registryLogins: RegistryLogins;
  /** Build without the cache of earlier builds. */
  noCache?: boolean;
};

export type RegistryLogins = Readonly<Record<string, { username: string; password: string }>>;

/** A tar stream of what a Dockerfile may copy, judged and cut before it comes here. */
export type BuildContext = { tar: () => NodeJS.ReadableStream };

export type BuildNow = {
  /** In the order they began. `name` as BuildKit gives it: `[2/7] RUN …`; without those marked internal. */
  steps: { name: string; seconds: number | undefined; cached: boolean; error?: string }[];
  /** What the steps printed since the last call. */
  log: string;
};

export type BuildResult =
  | { is: "ready"; imageId: string; sizeBytes: number }
  /** `step`: the name of the one that failed, where one is known; `error`: the engine's words. */
  | { is: "failed"; step: string | undefined; error: string };

export type EngineDisk = {
  images: {
    id: string;
    refs: string[];
    /** All layers. */
    bytes: number;
    /** Layers that other images have too. */
    sharedBytes: number;
    labels: Record<string, string>;
    createdAt: Date;
    /** Containers made from it. */
    containers: number;
  }[];
  /** Writable layers. */
  containers: { id: string; name: string; layerBytes: number }[];
  buildCacheBytes: number;
  /** Of that, what no image stands on: what a prune of everything would free. */
  buildCacheUnusedBytes: number;
};
