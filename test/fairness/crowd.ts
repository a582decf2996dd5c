import { sql } from "drizzle-orm";
import pino from "pino";
import { move } from "../../src/containers/move.ts";
import { sweep } from "../../src/ends/sweep.ts";
import { serveLine } from "../../src/jobs/serve-line.ts";
import { watchNode } from "../../src/jobs/watch-node.ts";
import { LedgerUnreachable } from "../../src/ledger/errors.ts";
import { containersToMove } from "../../src/ledger/queries/containers.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import type { Clock, World } from "../../src/world.ts";
import { type Life, life } from "../chaos/mortal.ts";
import { post } from "../ends/post.ts";
import { freshDatabase } from "../support/database.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { restless } from "./at-rest.ts";
import { keepChronicle, reader } from "./chronicle.ts";
import { type Outside, wrongIn } from "./law.ts";

const minute = 60_000;
const never = new AbortController().signal;

/** Small enough that limits, handicaps, memory, promises and budgets come into play among a handful of GPUs. */
const policy = `
enrol: open
line: { handicap_gpu_h_per_hour: 4, handicap_max_h: 3, promise_after_h: 1 }
nodes: { gpu1: { memory_gib: 120 } }
defaults:
  { max_gpu_equivalents: 1, max_gpus_per_container: 1, memory_gib: 8, shm_gib: 1, cpus: 2, max_memory_gib_total: 24,
    max_containers: 3, max_waiting: 2, default_hours: 2, max_runtime_h: 6, extension_gpu_h_per_7d: 1 }
groups:
  student: { max_gpu_equivalents: 1 }
  researcher: { max_gpu_equivalents: 2, max_gpus_per_container: 2, max_runtime_h: 8, memory_gib: 12, max_memory_gib_total: 30 }
  faculty: { max_gpu_equivalents: 4, max_gpus_per_container: 4, max_runtime_h: 10, memory_gib: 16, max_memory_gib_total: 48,
    max_containers: 4, extension_gpu_h_per_7d: 3 }
  admin: { max_gpu_equivalents: null, max_gpus_per_container: null, max_memory_gib_total: null, max_containers: 4,
    extension_gpu_h_per_7d: null }
`;
const gpus = [{}, {}, {}, {}, { slices: ["3g.20gb", "2g.10gb", "1g.5gb", "1g.5gb"] }];

/** A bot: its loops go when they are told to, and it dies at the step it was given. */
type Bot = { world: MemoryWorld; mind: Life; isDead: boolean; round(): Promise<void> };

export type Crowd = Awaited<ReturnType<typeof crowd>>;

/**
 * 30 people at one server, with one bot or with two that write at the same time. Time goes when it is told to: from one
 * instant at which something is due to the next, so that nothing is late but by what this test does.
 */
export async function crowd({ bots: botCount }: { bots: 1 | 2 }) {
  const database = await freshDatabase();
  const clock = jumpingClock();
  const faults: string[] = [];
  const log = pino(
    { level: "error" },
    { write: (line: string) => void faults.push(line.slice(0, 2000)) },
  ) as unknown as World["log"];
  /** Keeps engine and host, and is the shell in which an admin types; no loops. */
  const machine = await memoryWorld(database.url, { checkEpoch: false, clock, log, policy, gpus });
  // Nobody pulls the plug of this one.
  await machine.ledger.write((tx) =>
    tx.execute(
      sql`do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
    ),
  );
  await keepChronicle(machine.ledger);
  const chronicle = reader(machine.ledger);
  const slack = post(clock);
  const gaps: { from: Date; until: Date | undefined }[] = [];
  const outside: Outside = { policy: machine.policy, away: gaps, admins: ["dmitri", "eve"] };
  const bots: (Bot | undefined)[] = Array.from({ length: botCount });
  const worlds: MemoryWorld[] = [];
  const lately: string[] = [];
  /** What came due since then was not seen by any bot. */
  let lookedAt = clock.now().getTime();
  let isSlackAway = false;

  /** From now on nobody can be told or stopped: there is no Slack, or too few bots. */
  const noteAway = () => {
    const isAway = isSlackAway || bots.some((one) => one === undefined);
    const last = gaps.at(-1);
    if (isAway && (!last || last.until)) gaps.push({ from: clock.now(), until: undefined });
    if (!isAway && last && !last.until) last.until = clock.now();
  };

  async function born(): Promise<Bot> {
    const mind = life();
    const world = await memoryWorld(database.url, {
      share: machine,
      checkEpoch: botCount === 1,
      clock: startingWithPostgres(clock),
      node: mind.node,
      ledger: mind.ledger,
      log,
      policy,
    });
    worlds.push(world);
    const activeSince = clock.now();
    const noted = new Set<string>();
    const watch = watchNode(world.node, 1000);
    const reach = () => ({ ...slack.reach(), activeSince, clockJumpedAt: undefined });
    const bot: Bot = {
      world,
      mind,
      isDead: false,
      async round() {
        const jobs = [
          moves(world),
          serveLine.run(world, never),
          sweep(world, reach, noted).then(() => slack.job.run(world, never)),
          watch.run(world, never),
        ];
        await alive(bot, Promise.all(jobs.map(quietly)));
      },
    };
    void mind.death.then(() => {
      bot.isDead = true;
    });
    return bot;
  }

  /** A bot that is not the active one any more has nothing to say; any other fault is one. */
  async function quietly(job: Promise<unknown>): Promise<void> {
    await job.catch((error: unknown) => {
      if (!(error instanceof LedgerUnreachable)) faults.push(String((error as Error).stack).slice(0, 2000));
    });
  }

  async function moves(world: MemoryWorld): Promise<void> {
    const ids = await world.ledger.read((tx) => containersToMove(tx, clock.now()));
    await Promise.all(ids.map((id) => move(world, id, never)));
  }

  const living = () => bots.filter((bot) => bot !== undefined && !bot.isDead) as Bot[];

  /** Whoever died is gone for good. */
  function bury(): void {
    for (const [i, bot] of bots.entries()) {
      if (!bot?.isDead) continue;
      bot.world.die();
      // Of two that write at once none has the lock that its death would give back: its connections end with the test.
      if (botCount === 1) worlds.splice(worlds.indexOf(bot.world), 1);
      bots[i] = undefined;
    }
    noteAway();
  }

  async function replace(): Promise<void> {
    bury();
    for (const [i, bot] of bots.entries()) if (!bot) bots[i] = await born();
    noteAway();
  }

  /** Everything that was committed since the last look, commit by commit. */
  async function judge(): Promise<void> {
    const wrong: string[] = [];
    await chronicle.readOn((commit, book) => {
      wrong.push(...wrongIn(commit, book, outside).map((sentence) => `${sentence} [commit ${commit.xid}]`));
      lately.push(`${commit.xid} ${commit.inWords()}`);
    });
    if (faults.length > 0) wrong.push(...faults.splice(0).map((fault) => `fault: ${fault}`));
    if (wrong.length > 0) throw found(wrong);
  }

  /** What is wrong, and what was done last. */
  function found(wrong: readonly string[]): Error {
    const last = [...chronicle.book.events.values()]
      .slice(-40)
      .map(
        ({ at, what, containerId, because, evidence }) =>
          `${at.toISOString().slice(5, 19)} ${what} ${containerId ?? ""}: ${because} ${String(evidence.at ?? "")}`,
      );
    const told = [...chronicle.book.notices.values()]
      .slice(-12)
      .map(
        ({ endId, step, attempt, writtenAt, acceptedAt }) =>
          `notice ${step} ${attempt} of end ${endId}: ${writtenAt.toISOString()} ${acceptedAt?.toISOString()}`,
      );
    const away = gaps.slice(-4).map(({ from, until }) => `${from.toISOString()} to ${until?.toISOString()}`);
    const lines = [clock.now().toISOString(), ...wrong.slice(0, 8), `away: ${away.join(", ")}`];
    return new Error(`${lines.join("\n- ")}\n${[...last, ...told].join("\n")}`);
  }

  /** Rounds until nothing is left to do at this instant; then what must be so at rest is so. */
  async function rest(): Promise<void> {
    for (let rounds = 0; ; rounds++) {
      let changed = false;
      const own = living();
      lookedAt = clock.now().getTime();
      if (own.length === 0) return judge();
      const stops = own.map(({ world }) =>
        world.ledger.onCommit(() => {
          changed = true;
        }),
      );
      await Promise.all(own.map((bot) => bot.round()));
      for (const stop of stops) stop();
      await judge();
      if (!changed) break;
      if (rounds > 40) throw found(["it does not come to rest:", ...lately.slice(-6)]);
    }
    if (living().length < bots.length) return;
    const wrong = restless(chronicle.book, outside, clock.now(), isSlackAway);
    if (wrong.length > 0) throw found(["at rest:", ...wrong]);
  }

  /** From one instant at which something is due to the next, at rest in each. Without a bot it simply passes. */
  async function pass(milliseconds: number): Promise<void> {
    const until = clock.now().getTime() + milliseconds;
    for (;;) {
      const now = clock.now().getTime();
      if (now >= until) return;
      const due = Math.min(until, ...dueInstants(chronicle.book, gaps).filter((at) => at > lookedAt));
      // What is due within three minutes is done in one go.
      clock.jump(Math.max(0, Math.min(until, due + 3 * minute) - now) + 1);
      await rest();
    }
  }

  const members: ActiveMember[] = [];
  await replace();
  const groups = ["student", "student", "researcher", "faculty"];
  for (let n = 0; n < 28; n++) members.push(await machine.member(`m${n}`, groups[n % groups.length]));
  const admins = [await machine.member("dmitri", "admin"), await machine.member("eve", "admin")];
  await rest();

  return {
    machine,
    clock,
    book: chronicle.book,
    members: [...members, ...admins],
    admins,
    living,
    alive,
    bury,
    replace,
    rest,
    pass,
    judge,
    outside,
    slackAway(away: boolean) {
      isSlackAway = away;
      slack.away(away);
      noteAway();
    },
    async end() {
      for (const world of [...worlds].reverse()) await world.end();
      await machine.end();
      await database.drop();
    },
  };
}

/** What a dead bot was asked is never answered: nobody waits for it. */
export async function alive<T>(bot: Pick<Bot, "mind">, asked: Promise<T>): Promise<T | "dead"> {
  return await Promise.race([asked, bot.mind.death.then(() => "dead" as const)]);
}

/** A ledger is opened only where Postgres has the same time: hours that passed in this test are not told at that moment. */
function startingWithPostgres(clock: Clock): Clock {
  let looks = 0;
  return { ...clock, now: () => (looks++ < 2 ? new Date() : clock.now()) };
}

/** When something becomes due that a bot would be woken by or look for. */
function dueInstants(book: Crowd["book"], gaps: Outside["away"]): number[] {
  const all = <T>(rows: Map<number | string, T>) => [...rows.values()];
  const after = (at: Date | null | undefined, minutes: number) =>
    at ? [at.getTime() + minutes * minute] : [];
  const armed = all(book.ends).filter(({ state }) => state === "armed");
  const ids = new Set(armed.map(({ id }) => id));
  return [
    ...armed.flatMap(({ at }) => [-60, -15, 0].flatMap((minutes) => after(at, minutes))),
    ...all(book.notices)
      .filter(({ endId }) => ids.has(endId))
      .flatMap(({ acceptedAt }) => after(acceptedAt, 15)),
    ...all(book.containers)
      .filter(({ state }) => state === "stopped")
      .flatMap((row) => after(row.gpuKeptUntil, 0)),
    ...all(book.containers)
      .filter(({ state }) => state === "stopping")
      .flatMap((row) => after(row.stateSince, 10)),
    ...all(book.containers)
      .filter(({ state }) => state === "waiting")
      .flatMap((row) => after(row.standsAt, 60)),
    ...all(book.promises)
      .filter(({ state }) => state === "open")
      .flatMap(({ at }) => after(at, 0)),
    ...all(book.overrides)
      .filter(({ endedAt }) => endedAt === null)
      .flatMap(({ until }) => after(until, 0)),
    ...all(book.exemptions)
      .filter(({ endedAt }) => endedAt === null)
      .flatMap(({ until }) => after(until, 0)),
    ...gaps.flatMap(({ until }) => [2, 15].flatMap((minutes) => after(until, minutes))),
  ];
}
