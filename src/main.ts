import { hostname } from "node:os";
import { writeScripts } from "./access/scripts.ts";
import { reachFromNow } from "./ends/clock-watch.ts";
import type { Looked } from "./ends/looked.ts";
import { EngineSilent, HostSilent } from "./errors.ts";
import { createMetrics, type Metrics } from "./health/metrics.ts";
import { serveHealth } from "./health/server.ts";
import type { Vitals } from "./health/vitals.ts";
import { endContainers } from "./jobs/end-containers.ts";
import { endLeftSteps } from "./jobs/end-left-steps.ts";
import { judgeIdle } from "./jobs/judge-idle.ts";
import { makeBuilds } from "./jobs/make-builds.ts";
import { measureDisk } from "./jobs/measure-disk.ts";
import { mondayNote } from "./jobs/monday-note.ts";
import { moveContainers } from "./jobs/move-containers.ts";
import { pruneImages, removeImages } from "./jobs/prune-images.ts";
import { reloadPolicy } from "./jobs/reload-policy.ts";
import { type Job, type NoteRound, runJobs } from "./jobs/runner.ts";
import { sampleUse } from "./jobs/sample-use.ts";
import { serveLine } from "./jobs/serve-line.ts";
import { tellInsideJob } from "./jobs/tell-inside.ts";
import { tellProblemsJob } from "./jobs/tell-problems.ts";
import { tellRanges } from "./jobs/tell-ranges.ts";
import { trimBuildLogs } from "./jobs/trim-build-logs.ts";
import { trimLedger } from "./jobs/trim-ledger.ts";
import { watchNode } from "./jobs/watch-node.ts";
import { type Active, becomeActive } from "./ledger/active.ts";
import { openLedger } from "./ledger/connect.ts";
import { LedgerUnreachable } from "./ledger/errors.ts";
import type { OpenLedger } from "./ledger/ledger.ts";
import { migrate } from "./ledger/migrate.ts";
import { publishAllKeys } from "./members/keys.ts";
import { afterRestore } from "./nodes/after-restore.ts";
import type { SlackSettings } from "./slack/settings.ts";
import { type SlackRoom, startSlackRoom } from "./slack/start.ts";
import type { NodeId, World } from "./world.ts";

export type Parts = Omit<World, "ledger"> & {
  /** Postgres; `revive` starts an embedded one again that died. */
  postgres: { url: string; revive?: () => Promise<unknown> };
  slack: SlackSettings;
  /** Read again when it changes. */
  policyPath?: string;
  /** How often GPUs and engine are looked at without a reason. */
  watchEveryMs?: number;
  /** Where /healthz and /metrics are answered on the loopback; 0 is any free port, left out: nowhere. */
  healthPort?: number;
  /** The ledger was restored from a backup: what the machines show counts, and nobody is told old news. */
  afterRestore?: boolean;
};

const restoreAgainMs = 2_000;

export type Bot = {
  world: World;
  /** Resolves when this process is the active bot for the first time (a standby waits). */
  active: Promise<void>;
  /** Where /healthz and /metrics are answered; undefined: nowhere. */
  readonly healthPort: number | undefined;
  /** Closes in reverse order: Slack, jobs, the lock, the ledger. What is under way goes on at the next start. */
  stop(): Promise<void>;
};

/**
 * World → start. Migrates, writes the containers' scripts, becomes the active bot (or its standby), and from then on
 * answers Slack and runs the jobs until it is stopped. Losing the ledger stops all writing at once and is waited out.
 */
export async function startBot(parts: Parts): Promise<Bot> {
  const {
    postgres,
    slack,
    policyPath,
    watchEveryMs = 5000,
    healthPort,
    afterRestore: isRestored = false,
    ...outside
  } = parts;
  await migrate({ url: postgres.url });
  const ledger = await openLedger({ url: postgres.url, clock: parts.clock, log: parts.log });
  const world: World = { ...outside, ledger };
  await writeScripts(world.settings.stateDir);

  const vitals: Vitals = { role: "starting", reach: undefined };
  const metrics = createMetrics();
  const asked =
    healthPort === undefined ? undefined : await serveHealth(world, { vitals, metrics, port: healthPort });

  const stopping = new AbortController();
  const looks = new Map<NodeId, number>();
  const first = Promise.withResolvers<void>();
  const jobs = [
    moveContainers(),
    makeBuilds(),
    removeImages(),
    measureDisk(),
    pruneImages(),
    serveLine,
    tellRanges(),
    tellInsideJob(),
    mondayNote,
    trimLedger,
    trimBuildLogs,
    endLeftSteps,
    ...(policyPath === undefined ? [] : [reloadPolicy(policyPath)]),
    ...[...world.nodes.values()].map((node) => watchNode(node, watchEveryMs)),
    ...[...world.nodes.values()].map((node) => sampleUse(node, looks)),
  ];
  const life = live(
    world,
    ledger,
    {
      slack,
      jobs,
      looks,
      vitals,
      metrics,
      isRestored,
      ...(postgres.revive ? { revive: postgres.revive } : {}),
    },
    stopping.signal,
    first.resolve,
  );
  life.catch(first.reject);
  first.promise.catch(() => undefined);
  return {
    world,
    active: first.promise,
    get healthPort() {
      return asked?.port;
    },
    async stop() {
      stopping.abort();
      await life.catch(() => undefined);
      await asked?.close();
      await ledger.close();
    },
  };
}

async function live(
  world: World,
  ledger: OpenLedger,
  {
    slack,
    jobs,
    looks,
    vitals,
    metrics,
    isRestored,
    revive,
  }: {
    slack: SlackSettings;
    jobs: readonly Job[];
    looks: Looked;
    vitals: Vitals;
    metrics: Metrics;
    isRestored: boolean;
    revive?: () => Promise<unknown>;
  },
  stopping: AbortSignal,
  onActive: () => void,
): Promise<void> {
  let room: SlackRoom | undefined;
  const hangUp = async () => {
    const leaving = room;
    room = undefined;
    vitals.reach = undefined;
    await leaving?.stop();
  };
  const closing = new Set<Promise<void>>();
  let mustSetRight = isRestored;
  try {
    while (!stopping.aborted) {
      vitals.role = "starting";
      const active = await becomeActive(ledger, {
        who: `${hostname()} ${process.pid}`,
        signal: stopping,
        ...(revive ? { revive } : {}),
        // Another process is the bot now: it answers Slack. While the ledger is only away, this one goes on saying so.
        onStandby: () => {
          world.log.info("another process is the active bot; standing by");
          vitals.role = "standby";
          closing.add(hangUp());
        },
      });
      await Promise.all(closing);
      if (!active) break;
      world.log.info({ epoch: active.epoch }, "this process is the active bot");
      try {
        if (mustSetRight) await setRightInTheEnd(world, AbortSignal.any([active.signal, stopping]));
        mustSetRight = false;
        await publishAllKeys(world);
      } catch (error) {
        await active.release();
        if (!(error instanceof LedgerUnreachable)) throw error;
        // Gone again before anything was done: waited for once more, as any other loss is.
        continue;
      }
      room ??= await startSlackRoom(world, slack);
      vitals.role = "active";
      vitals.reach = room.reach;
      onActive();
      const reach = reachFromNow(world.clock, room.reach);
      const ofLife = [
        endContainers(world, reach, looks),
        judgeIdle(reach, looks),
        tellProblemsJob(world, reach),
      ];
      await workUntilLost(world, active, [...jobs, ...ofLife, ...room.jobs], stopping, metrics.noteRound);
    }
  } finally {
    await hangUp();
  }
}

/** Nothing else begins before: a machine that does not answer is waited for. */
async function setRightInTheEnd(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await afterRestore(world);
      return world.log.warn("the ledger was restored: what the machines show counts");
    } catch (error) {
      if (!(error instanceof EngineSilent || error instanceof HostSilent)) throw error;
      world.log.warn(
        { err: error },
        "nothing begins before the restored ledger was compared with every machine",
      );
    }
    await world.clock.sleep(restoreAgainMs, signal);
  }
  throw new LedgerUnreachable("it was lost before it was compared");
}

async function workUntilLost(
  world: World,
  active: Active,
  jobs: readonly Job[],
  stopping: AbortSignal,
  noteRound: NoteRound,
): Promise<void> {
  try {
    await runJobs(world, jobs, AbortSignal.any([active.signal, stopping]), noteRound);
    if (!stopping.aborted)
      world.log.warn({ because: await active.lost }, "lost the ledger; trying to get it back");
  } finally {
    await active.release();
  }
}
