import pino from "pino";
import { move } from "../../src/containers/move.ts";
import { sweep } from "../../src/ends/sweep.ts";
import { serveLine } from "../../src/jobs/serve-line.ts";
import { watchNode } from "../../src/jobs/watch-node.ts";
import { LedgerUnreachable } from "../../src/ledger/errors.ts";
import type { OpenLedger } from "../../src/ledger/ledger.ts";
import { containersToMove } from "../../src/ledger/queries/containers.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import type { World } from "../../src/world.ts";
import { type Life, life } from "../chaos/mortal.ts";
import { post } from "../ends/post.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { restless } from "./at-rest.ts";
import { reader } from "./chronicle.ts";
import type { Ground } from "./ground.ts";
import { count, type Happened } from "./happened.ts";
import { type Outside, wrongIn } from "./law.ts";

const minute = 60_000;
const never = new AbortController().signal;

/** Small enough that limits, handicaps, memory, promises and budgets come into play among a handful of GPUs. */
const policy = `
enrol: open
line: { handicap_gpu_h_per_hour: 4, handicap_max_h: 3, promise_after_h: 1 }
nodes: { gpu1: { memory_gib: 72 } }
defaults:
  { max_gpu_equivalents: 1, max_gpus_per_container: 1, memory_gib: 8, shm_gib: 1, cpus: 2, max_memory_gib_total: 24,
    max_containers: 3, max_waiting: 2, default_hours: 2, max_runtime_h: 6, extension_gpu_h_per_7d: 4 }
groups:
  student: { max_gpu_equivalents: 1 }
  researcher: { max_gpu_equivalents: 2, max_gpus_per_container: 2, max_runtime_h: 8, memory_gib: 12, max_memory_gib_total: 30 }
  faculty: { max_gpu_equivalents: 4, max_gpus_per_container: 4, max_runtime_h: 10, memory_gib: 16, max_memory_gib_total: 48,
    max_containers: 4, extension_gpu_h_per_7d: 12 }
  admin: { max_gpu_equivalents: null, max_gpus_per_container: null, max_memory_gib_total: null, max_containers: 4,
    extension_gpu_h_per_7d: null }
`;
const gpus = [{}, {}, {}, {}, { slices: ["3g.20gb", "2g.10gb", "1g.5gb", "1g.5gb"] }];

/** A bot: its loops go when they are told to, and it dies at the step it was given. */
type Bot = { world: MemoryWorld; mind: Life; isDead: boolean; round(looks: boolean): Promise<void> };

export type Crowd = Awaited<ReturnType<typeof crowd>>;

/**
 * 30 people at one server, with one bot or with two that write at the same time. Time goes when it is told to: from one
 * instant at which something is due to the next, so that nothing is late but by what this test does.
 */
export async function crowd({ url, stateDir, ledgers }: Ground, happened: Happened) {
  const botCount = ledgers.bots.length;
  const clock = jumpingClock();
  const faults: string[] = [];
  const log = pino(
    { level: "error" },
    { write: (line: string) => void faults.push(line.slice(0, 2000)) },
  ) as unknown as World["log"];
  /** Keeps engine and host, and is the shell in which an admin types; no loops. */
  const machine = await memoryWorld(url, {
    checkEpoch: false,
    opened: ledgers.shell,
    clock,
    log,
    policy,
    gpus,
    settings: { stateDir },
  });
  const chronicle = reader(machine.ledger);
  const slack = post(clock);
  const gaps: { from: Date; until: Date | undefined }[] = [];
  const outside: Outside = { policy: machine.policy, away: gaps, admins: ["dmitri", "eve"] };
  const bots: (Bot | undefined)[] = Array.from({ length: botCount });
  const worlds: MemoryWorld[] = [];
  /** The last commits, in words if somebody asks. */
  const lately: (() => string)[] = [];
  /** What came due since then was not seen by any bot. */
  let lookedAt = clock.now().getTime();
  let isSlackAway = false;
  let turn = 0;

  /** From now on nobody can be told or stopped: there is no Slack, or too few bots. */
  const noteAway = () => {
    const isAway = isSlackAway || bots.some((one) => one === undefined || one.isDead);
    const last = gaps.at(-1);
    if (isAway && (!last || last.until)) gaps.push({ from: clock.now(), until: undefined });
    if (!isAway && last && !last.until) last.until = clock.now();
  };

  async function born(opened: OpenLedger): Promise<Bot> {
    const mind = life();
    const world = await memoryWorld(url, {
      share: machine,
      checkEpoch: botCount === 1,
      opened: { ...opened, connection: { ...opened.connection, clock } },
      clock,
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
      async round(looks) {
        const jobs = [
          moves(world),
          serveLine.run(world, never),
          sweep(world, reach, noted).then(() => slack.job.run(world, never)),
          ...(looks ? [watch.run(world, never)] : []),
        ];
        await alive(bot, Promise.all(jobs.map(quietly)));
      },
    };
    void mind.death.then(() => {
      bot.isDead = true;
      noteAway();
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
    for (const [i, bot] of bots.entries()) if (!bot) bots[i] = await born(ledgers.bots[i]!);
    noteAway();
  }

  /** Everything that was committed since the last look, commit by commit. */
  async function judge(): Promise<void> {
    const wrong: string[] = [];
    await chronicle.readOn((commit, book) => {
      wrong.push(...wrongIn(commit, book, outside).map((sentence) => `${sentence} [commit ${commit.xid}]`));
      lately.push(() => `${commit.xid} ${commit.inWords()}`);
      if (lately.length > 6) lately.shift();
      count(happened, "commits judged");
      for (const { was, is } of commit.of("containers"))
        if (is.passedOver && !was?.passedOver) count(happened, "passed over at a limit");
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
    turn += 1;
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
      // All at once; what comes of that they do by turns. Nobody touches the machine meanwhile: one look at it is enough.
      const going = rounds === 0 ? own : [own[rounds % own.length]!];
      await Promise.all(going.map((bot, i) => bot.round(rounds === 0 && i === turn % own.length)));
      for (const stop of stops) stop();
      if (!changed) break;
      if (rounds > 40) {
        await judge();
        throw found(["it does not come to rest:", ...lately.map((words) => words())]);
      }
    }
    await judge();
    if (living().length < bots.length) return;
    const wrong = restless(chronicle.book, outside, clock.now(), isSlackAway);
    if (wrong.length > 0) throw found(["at rest:", ...wrong]);
  }

  /** From one instant at which something is due to the next, at rest in each. Without a bot it simply passes. */
  async function pass(milliseconds: number): Promise<void> {
    const until = clock.now().getTime() + milliseconds;
    // What there is to do now is not done an hour later.
    await rest();
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
    versions: chronicle.seen,
    count: (what: string) => count(happened, what),
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
    },
  };
}

/** What a dead bot was asked is never answered: nobody waits for it. */
export async function alive<T>(bot: Pick<Bot, "mind">, asked: Promise<T>): Promise<T | "dead"> {
  return await Promise.race([asked, bot.mind.death.then(() => "dead" as const)]);
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
