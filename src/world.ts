import type { Engine } from "./engine/engine.ts";
import type { GpuLinks, GpuReading, Host, HostFacts } from "./host/host.ts";
import type { Catalogue } from "./images/catalogue.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Log } from "./log.ts";
import type { Policy } from "./policy/policy.ts";

/**
 * Everything outside that a use case may touch. Nothing reads the wall clock, sets a timer or rolls dice but through it,
 * so that the whole bot can live weeks in seconds, from one seed.
 */
export type World = {
  readonly ledger: Ledger;
  readonly nodes: ReadonlyMap<NodeId, Node>;
  readonly policy: Policy;
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

export type NodeId = string;

/** A machine with a container engine and GPUs. */
export type Node = {
  readonly id: NodeId;
  readonly engine: Engine;
  readonly host: Host;
  /** Is the SSH server of a container reached, with the host key it must have? Never throws; at most 2 s. */
  readonly probeSsh: (target: { address: string; port: number; hostKey: string }) => Promise<SshReach>;
  /** The last good reading of its GPUs and its disk, for showing only: an answer to a person never waits for nvidia-smi. */
  readonly latest: { gpus?: GpuReading; links?: GpuLinks; machine?: HostFacts };
};

export type SshReach = "ready" | "no-answer" | "not-ssh" | "wrong-key";

export type Clock = {
  now(): Date;
  /** Milliseconds that only move forward; for durations, never for decisions about instants. */
  monotonicMs(): number;
  /** Resolves after that many milliseconds, or early when the signal aborts (it never rejects). */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
};

export type Random = {
  /** Lower-case letters and digits, for ids nobody should guess. */
  token(length: number): string;
  /** In [0, 1). */
  number(): number;
};

/** What the rooms need of the environment (config.ts). */
export type Settings = {
  /** Tells this installation's engine objects from another's: label `berth.instance`. */
  readonly instance: string;
  /** The name members use in `ssh -p … handle@<sshHost>`. */
  readonly sshHost: string;
  /** The address the engine publishes SSH ports on and the readiness probe connects to. */
  readonly sshBind: string;
  readonly sshPorts: { readonly first: number; readonly last: number };
  readonly sshJump: string | undefined;
  /** Absolute. Host keys, members' public keys, entry script. The same path for the engine's host. */
  readonly stateDir: string;
  /** Slack user ids that are admins from the first day. */
  readonly admins: readonly string[];
  readonly adminChannel: string | undefined;
  readonly boardChannel: string | undefined;
  /** Path of a `config.json` as `docker login` writes it, for private base images. Read for each build, its contents kept nowhere. */
  readonly registryAuth?: string;
};
