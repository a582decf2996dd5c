import type { ImageEngine, RegistryLogins } from "./build.ts";

/**
 * The port to a container engine: what each verb promises, also when it is called twice or late.
 *
 * Results tell facts ("already stopped", "no such container"); what is thrown is `EngineSilent` when the engine is down,
 * too slow or restarting (nothing may be concluded from it), and `EngineRefused` when it answered no for a reason that
 * repeating will not mend (its words are in the message).
 */
export type Engine = ImageEngine & {
  /** Version and settings that the doctor and the bring-up need. */
  facts(): Promise<EngineFacts>;

  /**
   * Every container of the engine, running or not, ours or not, in one call (and one more for each that was not seen
   * before, because the engine's list does not tell devices). No process is started; may be asked often.
   */
  list(): Promise<EngineContainer[]>;

  /** `undefined`: the engine answered and there is none. Takes an id or a name. */
  inspect(idOrName: string): Promise<EngineContainer | undefined>;

  /**
   * Makes a container, not started. Safe to repeat: if one with this name and the same `berth.container` and `berth.run`
   * labels is there, its id is returned; another one under the name is `name-taken`.
   * What goes out is looked at a second time (check-body.ts): a call for anything that no container gets is a bug of ours
   * and throws a plain Error. `EngineRefused`: a mount's directory is not there, or the engine enforces no limits.
   */
  create(
    spec: ContainerSpec,
  ): Promise<{ is: "created" | "there"; id: string } | { is: "name-taken" } | { is: "no-image" }>;

  /**
   * From `created` or `exited`. `port-taken`: something on the host listens there; nothing has started, try again later.
   * `EngineRefused`: the runtime would not, for example because a device of its is not there. Safe to repeat.
   */
  start(id: string): Promise<"started" | "already" | "gone" | "port-taken">;

  /**
   * SIGTERM to the entry script, SIGKILL after `graceSeconds`; answers when it is not running any more, `EngineSilent` if
   * that can't be said 30 s later. `already` covers one that never started. Safe to repeat.
   */
  stop(id: string, graceSeconds: number): Promise<"stopped" | "already" | "gone">;

  /** Removes a container in any state with its writable layer, at once and without grace. Safe to repeat. */
  remove(id: string): Promise<"removed" | "gone">;

  /**
   * How much it wrote outside its mounts: the bytes of its writable layer. The engine looks at every file of it, which takes
   * seconds where there are many; not to be asked often.
   */
  layerBytes(id: string): Promise<number | "gone">;

  /**
   * Makes an image of a container that does not run: the image it was made from, and on top one layer more with what it
   * wrote outside its mounts, if it wrote anything. It gets the name `ref`, which leaves another image that had it, and `labels` beside those of
   * the container. Rejects with the signal's reason when that aborts; the engine may finish it all the same. How long it may
   * take is the signal's business. `EngineRefused`: for example that the disk is full. Safe to repeat: that is another image
   * of the same, and the container stays as it is.
   */
  commit(
    id: string,
    image: { ref: string; labels: Record<string, string> },
    signal: AbortSignal,
  ): Promise<{ is: "committed"; imageId: string } | { is: "gone" }>;

  /** Gives a container in any state another name. `name-taken`: by another container. Safe to repeat. */
  rename(id: string, name: string): Promise<"renamed" | "gone" | "name-taken">;

  /** By reference or id. `undefined`: not on this engine. Nothing is fetched. */
  image(ref: string): Promise<EngineImage | undefined>;

  /**
   * Pulls one tag; `onProgress` gets whole percent of the bytes known so far, at most once a second. `EngineRefused`: there
   * is no such image; `EngineSilent`: the registry does not answer, or said nothing for 5 minutes. Rejects with the
   * signal's reason when that aborts. Safe to repeat: what was fetched is kept. Of `logins` only the one of the image's own
   * registry is used.
   */
  pull(
    ref: string,
    onProgress: (percent: number) => void,
    signal: AbortSignal,
    logins?: RegistryLogins,
  ): Promise<void>;

  /**
   * Runs argv in a running container as root; both outputs together, cut at 64 KiB. `gone`: not there or not running.
   * Longer than `limitSeconds`: `EngineSilent`, and the program may go on. Best effort: nothing may depend on it.
   */
  exec(
    id: string,
    argv: readonly string[],
    limitSeconds: number,
  ): Promise<{ exitCode: number; output: string } | "gone">;

  /**
   * Where the engine keeps its images on this machine. Quick, and always an answer of the engine's: what was learnt of the
   * place is not asked again for ten minutes, but whether the engine is there is.
   */
  imagesDir(): Promise<string>;

  /** The last lines of what a container printed, running or ended; empty if it is gone or said nothing. */
  lastWords(id: string, lines: number): Promise<string>;

  /**
   * Calls back soon after any container of the engine starts, dies, is removed or runs out of memory; reconnects by itself.
   * A change may be told twice, and one while the engine was down not at all: whoever listens also looks now and then.
   */
  watch(onChange: (change: EngineChange) => void, signal: AbortSignal): void;

  /** The bridge members' containers share (no traffic between containers). Made if missing. */
  ensureNetwork(): Promise<void>;
};

export type EngineFacts = {
  /** `docker`, or another engine's name (`podman`), which the doctor refuses. */
  kind: string;
  version: string;
  apiVersion: string;
  cgroupDriver: string;
  cgroupVersion: "1" | "2";
  liveRestore: boolean;
  defaultRuntime: string;
  runtimes: string[];
  cdi: boolean;
  rootDir: string;
  cpus: number;
  memoryBytes: number;
  storageDriver: string;
  securityOptions: string[];
  /**
   * The engine's own bridge, which the steps of builds stand on: BuildKit takes no other. `neighbours`: whether those on it
   * reach each other. undefined: this engine has none, and builds have no network.
   */
  buildBridge: { name: string; neighbours: boolean } | undefined;
};

export type EngineContainer = {
  id: string;
  name: string;
  labels: Record<string, string>;
  /** `created`, `exited` and `dead` are all "not running". */
  state: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
  image: string;
  imageId: string;
  /** GPU or slice UUIDs of its device requests; `all` if it was given every GPU. */
  devices: string[] | "all";
  createdAt: Date;
  /** From `inspect` only: `list` leaves these out. */
  pid?: number;
  startedAt?: Date;
  finishedAt?: Date;
  exitCode?: number;
  oomKilled?: boolean;
};

export type EngineImage = {
  id: string;
  sizeBytes: number;
  createdAt: Date;
  env: Record<string, string>;
  labels: Record<string, string>;
  /** What its files are, layer upon layer: two images with the same layers have the same files. */
  layers: string[];
};

export type EngineChange = { what: "start" | "die" | "destroy" | "oom"; id: string; name: string };

/** What a member's container is given, in the engine's nouns. Built by containers/spec.ts (pure). */
export type ContainerSpec = {
  name: string;
  hostName: string;
  image: string;
  labels: Record<string, string>;
  env: Record<string, string>;
  /** The argv of the entry script inside the container. */
  entrypoint: readonly string[];
  workingDir: string;
  cpus: number;
  memoryBytes: number;
  shmBytes: number;
  pids: number;
  /** May become root inside; false also sets no-new-privileges. */
  sudo: boolean;
  /** Adds SYS_PTRACE (py-spy, gdb). */
  ptrace: boolean;
  /** Exact UUIDs; empty: no GPU, and NVIDIA_VISIBLE_DEVICES=void. */
  devices: readonly string[];
  mounts: readonly { source: string; target: string; readOnly: boolean }[];
  ssh: { bind: string; port: number };
  stopGraceSeconds: number;
};
