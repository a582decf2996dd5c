import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePublicKey } from "../../src/access/keys.ts";
import { wallClock } from "../../src/clock.ts";
import { memoryEngine } from "../../src/engine/memory.ts";
import type { MemoryEngine, MemoryEngineOptions } from "../../src/engine/memory-engine.ts";
import { type MemoryHost, memoryHost } from "../../src/host/memory.ts";
import { type Catalogue, parseCatalogue } from "../../src/images/catalogue.ts";
import { moveContainers } from "../../src/jobs/move-containers.ts";
import { type Job, runJobs } from "../../src/jobs/runner.ts";
import { serveLine } from "../../src/jobs/serve-line.ts";
import { watchNode } from "../../src/jobs/watch-node.ts";
import { becomeActive } from "../../src/ledger/active.ts";
import { activeBot } from "../../src/ledger/bot-tables.ts";
import { openLedger } from "../../src/ledger/connect.ts";
import { LedgerUnreachable } from "../../src/ledger/errors.ts";
import type { OpenLedger, Tx } from "../../src/ledger/ledger.ts";
import { insertKey, insertMember, nextUid } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import type { Log } from "../../src/log.ts";
import { makeRandom } from "../../src/random.ts";
import type { Clock, Node, Random, World } from "../../src/world.ts";
import { silent } from "./database.ts";
import { testPolicy } from "./policy.ts";
import { unwarned } from "./unwarned.ts";

const someKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGqtNVEEhfCKbJ+FAVZQuYyFNEnxyqq2nOFbDgSz8bXg laptop";

export type MemoryWorld = World & {
  ledger: OpenLedger;
  engine: MemoryEngine;
  host: MemoryHost;
  node: Node;
  /** What a SIGKILL leaves behind: its connections are closed, its loops do nothing more. */
  die(): void;
  /** Starts the jobs as the bot would; `stop` ends them. */
  start(...more: Job[]): void;
  stop(): Promise<void>;
  /** Ends the jobs, closes the ledger, removes the files. */
  end(): Promise<void>;
  member(handle: string, group?: string): Promise<ActiveMember>;
  /** Waits (30 s at most) until `look` gives something other than undefined or false. */
  until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T>;
};

export const testImage = "berth/demo:bookworm";

const catalogue = parseCatalogue(`
images:
  - { name: house, framework: python, version: "3.11", image: "${testImage}", python: "3.11", house: true }
  - { name: torch-2.8, framework: PyTorch, version: "2.8.0", image: "${testImage}", python: "3.12" }
`);

/**
 * The bot's middle rooms on a real Postgres, with an engine and a machine in memory. `checkEpoch: false` lets two of them
 * write to one database.
 */
export async function memoryWorld(
  url: string,
  options: {
    gpus?: Parameters<typeof memoryHost>[0]["gpus"];
    policy?: string;
    checkEpoch?: boolean;
    /** A ledger that is open already and stays so: connections are dear where bots come and go. */
    opened?: OpenLedger;
    /** Another world's engine and host: two bots on one machine. */
    share?: MemoryWorld;
    hooks?: MemoryEngineOptions["hooks"];
    stopTakesMs?: number;
    onExec?: MemoryEngineOptions["onExec"];
    /** What else the engine is. */
    engine?: Partial<MemoryEngineOptions>;
    catalogue?: Catalogue;
    clock?: Clock;
    log?: Log;
    random?: Random;
    /** Stands between this world and its node, or between it and its ledger: for bots that die. */
    node?: (node: Node) => Node;
    ledger?: (ledger: OpenLedger) => OpenLedger;
    /** How often the machine is looked at without a reason. */
    watchEveryMs?: number;
    settings?: Partial<World["settings"]>;
  } = {},
): Promise<MemoryWorld> {
  const stateDir = options.share?.settings.stateDir ?? (await mkdtemp(join(tmpdir(), "berth-test-state-")));
  const clock = options.clock ?? options.share?.clock ?? wallClock;
  const engine =
    options.share?.engine ??
    memoryEngine({
      clock,
      images: [testImage],
      ...(options.hooks ? { hooks: options.hooks } : {}),
      ...(options.stopTakesMs ? { stopTakesMs: options.stopTakesMs } : {}),
      ...(options.onExec ? { onExec: options.onExec } : {}),
      ...options.engine,
    });
  const host =
    options.share?.host ?? memoryHost({ gpus: options.gpus ?? 4, clock, memoryMiB: 1024 * 1024, cpus: 64 });
  const plain: Node = {
    id: "gpu1",
    engine,
    host,
    latest: {},
    probeSsh: async ({ port }) => (engine.sshAnswers(port) ? "ready" : "no-answer"),
  };
  const node = options.node?.(plain) ?? plain;
  const opened =
    options.opened ?? (await openLedger({ url, clock, log: silent, checkEpoch: options.checkEpoch ?? true }));
  const close = async () => {
    if (!options.opened) await opened.close();
  };
  const active = options.checkEpoch === false ? undefined : await becomeActive(opened, { who: "test" });
  if (!active) await opened.write(anyEpoch);
  const ledger = options.ledger?.(opened) ?? opened;
  const world: World & { ledger: OpenLedger } = {
    ledger,
    nodes: new Map([[node.id, node]]),
    policy: testPolicy(options.policy ?? "enrol: open"),
    catalogue: options.catalogue ?? catalogue,
    settings: {
      instance: "test",
      sshHost: "gpu1.example.org",
      sshBind: "127.0.0.1",
      sshPorts: { first: 22000, last: 22999 },
      sshJump: undefined,
      stateDir,
      admins: ["UDMITRI"],
      adminChannel: "CADMINS",
      boardChannel: undefined,
      ...options.settings,
    },
    clock,
    random: options.random ?? makeRandom(),
    log: options.log ?? silent,
  };
  let stopping = new AbortController();
  let running: Promise<void> | undefined;

  const stop = async () => {
    stopping.abort();
    await running;
    running = undefined;
  };
  return {
    ...world,
    engine,
    host,
    node,
    die() {
      stopping.abort();
      void active?.release().then(close);
    },
    start(...more) {
      stopping = new AbortController();
      const own = [moveContainers(), serveLine, watchNode(node, options.watchEveryMs ?? 200)];
      running = runJobs(world, [...own, ...more], stopping.signal);
    },
    stop,
    async end() {
      await stop();
      // Whatever the test was about: nothing was ended that had not been told.
      const wrong = await unwarned({ ledger: opened }).catch((error: unknown) => {
        // Postgres, or this world's connection to it, was taken away on purpose.
        if (error instanceof LedgerUnreachable) return [];
        throw error;
      });
      await active?.release();
      await close();
      if (!options.share) await rm(stateDir, { recursive: true, force: true });
      if (wrong.length > 0) throw new Error(wrong.join("\n"));
    },
    member: (handle, group = "student") => makeMember(world, handle, group),
    async until(look, what) {
      const deadline = Date.now() + 30_000;
      for (;;) {
        const seen = await look();
        if (seen !== undefined && seen !== false) return seen;
        if (Date.now() > deadline) throw new Error(`waited 30 s in vain: ${what}`);
        await wallClock.sleep(15);
      }
    },
  };
}

/** Two writers without an active bot: nodes are compared, and granted from, in an epoch all the same. */
async function anyEpoch(tx: Tx): Promise<void> {
  const row = { epoch: 1, since: new Date(), who: "nobody" };
  await tx.insert(activeBot).values(row).onConflictDoNothing();
}

async function makeMember(world: World, handle: string, group: string): Promise<ActiveMember> {
  return world.ledger.write(async (tx) => {
    const at = world.clock.now();
    const member = await insertMember(tx, {
      slackUserId: `U${handle.toUpperCase()}`,
      name: handle,
      handle,
      uid: await nextUid(tx, world.policy.uid_from),
      group,
      state: "active",
      createdAt: at,
    });
    if (!member) throw new Error(`${handle} is there already`);
    await insertKey(tx, { memberId: member.id, ...parsePublicKey(someKey), addedAt: at });
    return member as ActiveMember;
  });
}
