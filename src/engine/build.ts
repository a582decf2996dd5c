/**
 * The part of the engine's port that makes images and cleans up after them. Silence and refusals are thrown as by the
 * other verbs (engine.ts).
 */
export type ImageEngine = {
  /**
   * Builds an image with BuildKit. `onProgress` is called when something changed, at most once a second and once at the end.
   * `ready` only if the engine has the image that the stream named; whatever else the stream said, an error in it is
   * `failed`. Rejects with the signal's reason when that aborts, after the engine was told to cancel; what was built so
   * far stays in the cache, and no image with the label `berth.build` of this order is left. Rejects with the context's error if that could
   * not be read to its end. Throws `EngineSilent` when the stream breaks off, or is quiet while the engine answers nothing
   * else either; a step may be quiet for as long as it likes. How long a build may take is the signal's business.
   *
   * Steps run as root of a build container: no entitlement, no secret, no agent is handed in; their network is the engine's
   * own bridge, since BuildKit takes no other. `FROM` finds local names first.
   */
  build(order: BuildOrder, onProgress: (now: BuildNow) => void, signal: AbortSignal): Promise<BuildResult>;

  /** Gives an image that is there a local name, `repository:tag`; the name leaves another image that had it. Safe to repeat. */
  tagImage(id: string, ref: string): Promise<"tagged" | "gone">;

  /**
   * Takes away an image with all its local names. `in-use`: a container, running or not, is made from it, or the engine
   * itself says that another image needs it (those that BuildKit made need none: they keep the layers they share); then
   * nothing changed. Safe to repeat. By id only: a name may have moved.
   */
  removeImage(id: string): Promise<"removed" | "gone" | "in-use">;

  /**
   * Takes away one local name; with its last one an image goes too. `in-use`: it is the last name of an image that a
   * container is made from; then nothing changed. Safe to repeat.
   */
  untagImage(ref: string): Promise<"untagged" | "gone" | "in-use">;

  /**
   * Text files out of an image, by way of a container that is never started and taken away again: absolute path → its text,
   * or `undefined` where there is no such file (or no such image). Links are followed inside the image; the first 4 MiB of
   * each. `list` never shows that container.
   */
  readFiles(imageId: string, paths: readonly string[]): Promise<Map<string, string | undefined>>;

  /** What takes the engine's disk. Expensive (seconds with many layers): at most hourly, and when an admin asks. */
  diskUse(): Promise<EngineDisk>;

  /**
   * Frees build cache that was not used for that many hours and that no image shares, and images with our
   * `berth.instance` label that have no name and no container; also what a killed `readFiles` left. Bytes freed.
   */
  prune(unusedForHours: number): Promise<{ freedBytes: number }>;
};

export type BuildOrder = {
  /** Unique; what cancels it. */
  id: string;
  /**
   * Text of the Dockerfile. BuildKit reads it from the context and nowhere else, so it lies in there as
   * `dockerfileName`; what the context has under that name is left out.
   */
  dockerfile: string;
  /** The build context: small files by their path, on top of what `context` has, and those files if there are any. */
  files: ReadonlyMap<string, string>;
  context?: BuildContext;
  /** `berth.build` among them tells this build's images from all others. An image also has its base's labels. */
  labels: Record<string, string>;
  /**
   * Local names of the finished image. At least one, best one of its own: an image without a name may be pruned at any
   * time, and a name that is moved here is moved before anybody knows whether the build counts.
   */
  tags: readonly string[];
  /** `HTTP_PROXY` and its like, which the engine leaves out of the image. Never secrets. */
  buildArgs: Record<string, string>;
  /** By registry host (`docker.io` for Docker Hub); each is told to that registry only, when a base is fetched from it. */
  registryLogins: RegistryLogins;
  /** Build without the cache of earlier builds. */
  noCache?: boolean;
};

export type RegistryLogins = Readonly<Record<string, { username: string; password: string }>>;

/** A tar stream of what a Dockerfile may copy, judged and cut before it comes here. */
export type BuildContext = { tar: () => NodeJS.ReadableStream };

export type BuildNow = {
  /**
   * In the order they began; `seconds` is missing while one runs. `name` as BuildKit gives it: `[2/7] RUN …`; without those
   * that are BuildKit's own, but with the last, `exporting to image`, which has no number.
   */
  steps: { name: string; seconds: number | undefined; cached: boolean; error?: string }[];
  /** How many steps are known of so far, begun or not. It may grow. */
  of: number;
  /** What the steps printed since the last call, each step's under a line with its name. At most 1 MiB, the last of it. */
  log: string;
};

export const dockerfileName = ".berth.Dockerfile";

export type BuildResult =
  | { is: "ready"; imageId: string; sizeBytes: number }
  /** `step`: the name of the one that failed, where one is known; `error`: the engine's words, without its own plumbing. */
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
