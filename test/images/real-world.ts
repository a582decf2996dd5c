import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { type Instructions, instructions } from "../../src/access/instructions.ts";
import { parsePublicKey } from "../../src/access/keys.ts";
import { probeSsh } from "../../src/access/probe.ts";
import { writeScripts } from "../../src/access/scripts.ts";
import { wallClock } from "../../src/clock.ts";
import { containerView } from "../../src/containers/list.ts";
import { dockerEngine } from "../../src/engine/docker.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { linuxHost } from "../../src/host/linux.ts";
import { parseCatalogue } from "../../src/images/catalogue.ts";
import { makeBuilds } from "../../src/jobs/make-builds.ts";
import { moveContainers } from "../../src/jobs/move-containers.ts";
import { type Job, runJobs } from "../../src/jobs/runner.ts";
import { serveLine } from "../../src/jobs/serve-line.ts";
import { watchNode } from "../../src/jobs/watch-node.ts";
import { becomeActive } from "../../src/ledger/active.ts";
import { openLedger } from "../../src/ledger/connect.ts";
import { type BuildView, buildView } from "../../src/ledger/queries/builds.ts";
import { insertKey, insertMember, nextUid } from "../../src/ledger/queries/members.ts";
import type { ActiveMember, ContainerState } from "../../src/ledger/schema.ts";
import { publishKeys } from "../../src/members/keys.ts";
import { makeRandom } from "../../src/random.ts";
import type { Clock, Node, World } from "../../src/world.ts";
import type { Bed } from "../support/bed.ts";
import { silent } from "../support/database.ts";
import { testPolicy } from "../support/policy.ts";

/** The bot's middle rooms on real parts: a ledger, the bed's engine, its files, SSH. */
export type RealWorld = World & {
  engine: Engine;
  node: Node;
  start(...more: Job[]): void;
  stop(): Promise<void>;
  end(): Promise<void>;
  member(handle: string, publicKey: string): Promise<ActiveMember>;
  /** Waits until the build has ended and returns it; 10 minutes at most. */
  ended(build: { build: { id: number } }): Promise<BuildView>;
  /** Waits until the container is in that state; how to sign in. */
  settled(containerId: number, state: ContainerState): Promise<Instructions>;
};

export async function realWorld(
  url: string,
  bed: Bed,
  {
    policy,
    catalogue,
    instance,
    clock = wallClock,
  }: {
    policy: string;
    catalogue: string;
    instance: string;
    /** The bot's own; the engine and the machine go by the wall's. */
    clock?: Clock;
  },
): Promise<RealWorld> {
  const stateDir = await mkdtemp(join(tmpdir(), "berth-real-"));
  await writeScripts(stateDir);
  const engine = dockerEngine({
    dockerHost: `unix://${bed.socketPath}`,
    instance,
    network: { name: "berth-real", bridge: "br-real" },
    cgroupParent: "berth-real",
    gpus: "simulated",
    mountRoots: () => ({ writable: [bed.workspacesRoot], readOnly: [stateDir] }),
    clock: wallClock,
    log: pino({ level: "silent" }),
  });
  await engine.ensureNetwork();
  const node: Node = {
    id: "gpu1",
    engine,
    host: linuxHost({
      nvidiaSmi: join(bed.gpus.binDir, "nvidia-smi"),
      workspacesRoot: bed.workspacesRoot,
      clock: wallClock,
    }),
    latest: {},
    probeSsh: (target) => probeSsh(target, wallClock),
  };
  const ledger = await openLedger({ url, clock, log: silent });
  const active = await becomeActive(ledger, { who: "test" });
  const world: World = {
    ledger,
    nodes: new Map([[node.id, node]]),
    policy: testPolicy(`${policy}\nworkspace_path: ${bed.workspacesRoot}/{handle}/{project}\n`),
    catalogue: parseCatalogue(catalogue),
    settings: {
      instance,
      sshHost: bed.sshAddress,
      sshBind: bed.sshAddress,
      sshPorts: { first: 22_300, last: 22_399 },
      sshJump: undefined,
      stateDir,
      admins: [],
      adminChannel: undefined,
      boardChannel: undefined,
    },
    clock,
    random: makeRandom(),
    log: silent,
  };
  let stopping = new AbortController();
  let running: Promise<void> | undefined;
  const stop = async () => {
    stopping.abort();
    await running;
  };
  return {
    ...world,
    engine,
    node,
    start(...more) {
      stopping = new AbortController();
      const jobs = [moveContainers(), makeBuilds(), serveLine, watchNode(node, 1000)];
      running = runJobs(world, [...jobs, ...more], stopping.signal);
    },
    stop,
    async end() {
      await stop();
      await active?.release();
      await ledger.close();
      await rm(stateDir, { recursive: true, force: true });
    },
    async member(handle, publicKey) {
      const at = wallClock.now();
      const made = await ledger.write(async (tx) => {
        const member = await insertMember(tx, {
          slackUserId: `U${handle.toUpperCase()}`,
          name: handle,
          handle,
          uid: await nextUid(tx, 20_500),
          group: "student",
          state: "active",
          createdAt: at,
        });
        if (!member) throw new Error(`${handle} is there already`);
        await insertKey(tx, { memberId: member.id, ...parsePublicKey(publicKey), addedAt: at });
        return member as ActiveMember;
      });
      await publishKeys(world, made.id);
      return made;
    },
    ended: ({ build }) =>
      until(`build ${build.id} to end`, 600, async () => {
        const view = await ledger.read((tx) => buildView(tx, build.id));
        return view && ["ready", "failed", "cancelled"].includes(view.build.state) ? view : undefined;
      }),
    settled: (containerId, state) =>
      until(`container ${containerId} to be ${state}`, 120, async () => {
        const view = await containerView(world, containerId);
        if (view?.container.state !== state) return undefined;
        return instructions(world.settings, view.member as ActiveMember, view.project);
      }),
  };
}

export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await wallClock.sleep(200);
  }
}
