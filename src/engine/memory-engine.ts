import type { Clock } from "../world.ts";
import type { BuildOrder } from "./build.ts";
import type { MountRoots } from "./check-body.ts";
import type { Engine, EngineFacts } from "./engine.ts";
import type { BuildScript } from "./memory-build.ts";
import type { Foreign, SavedContainers } from "./memory-containers.ts";
import type { FileOf, ImageMore, KeptImage, SavedImages } from "./memory-images.ts";

/** What the engine in memory (memory.ts) is made with, and the hands that make it misbehave. */

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
  /** How long a commit lasts on the clock; 0 if not given. */
  commitTakesMs?: number;
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

export type Verb = Exclude<keyof Engine, "watch">;

export type SavedEngine = SavedContainers & { images?: SavedImages };
