import { afterEach, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { armHours } from "../../src/containers/armed-ends.ts";
import { reachFromNow } from "../../src/ends/clock-watch.ts";
import { sweep } from "../../src/ends/sweep.ts";
import { endContainers } from "../../src/jobs/end-containers.ts";
import { ends, notices } from "../../src/ledger/end-tables.ts";
import { containers, projects } from "../../src/ledger/schema.ts";
import type { Clock } from "../../src/world.ts";
import { sentences, settled } from "../containers/steps.ts";
import { type EndsLab, endsLab } from "../ends/lab.ts";
import { deliver } from "../ends/post.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { unwarned } from "../support/unwarned.ts";
import { life } from "./mortal.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function lab(options?: Parameters<typeof endsLab>[0]): Promise<EndsLab> {
  const opened = await endsLab(options);
  closing.push(opened.end);
  return opened;
}

const minuteMs = 60_000;
const never = new AbortController().signal;

test("Slack away for six hours with 10 ends due: each first gets its last notice, and 15 minutes", async () => {
  const { world, slack, running, passes, told, untilTold, row } = await lab();
  const ids: number[] = [];
  for (let i = 0; i < 10; i++) ids.push(await running(2));
  passes(40);
  slack.away(true);
  for (let i = 0; i < 12; i++) passes(30);
  await world.until(async () => (await row(ids[9]!)).endsAt! < world.clock.now(), "all to be overdue");
  for (const id of ids) expect(await told(id)).toEqual([]);
  slack.away(false);
  for (const id of ids) await untilTold(id, ["last 1 accepted"]);
  passes(14);
  for (const id of ids) expect((await row(id)).wanted).toBe("running");
  passes(1.5);
  for (const id of ids) await settled(world, id, "stopped");
  expect(await unwarned(world)).toEqual([]);
});

test("a refresh of its socket costs no other notice; away for a minute does", async () => {
  const { slack, running, passes, untilTold, minutesLeft, world } = await lab();
  const id = await running(2);
  passes((await minutesLeft(id)) - 14);
  await untilTold(id, ["last 1 accepted"]);
  passes(6);
  slack.away(true);
  passes(2 / 60);
  slack.away(false);
  await world.ledger.transaction(async () => undefined);
  passes(1);
  await untilTold(id, ["last 1 accepted"]);
  slack.away(true);
  passes(1);
  slack.away(false);
  await untilTold(id, ["last 1 accepted", "last 2 accepted"]);
  passes(15.5);
  await settled(world, id, "stopped");
});

test("the clock set forward: what seems due gets its last notice, and the real 15 minutes", async () => {
  const { world, clock, running, passes, untilTold, row } = await lab();
  const id = await running(2);
  passes(20);
  clock.set(3 * 3_600_000);
  await untilTold(id, ["last 1 accepted"]);
  passes(14);
  expect((await row(id)).wanted).toBe("running");
  passes(1.5);
  await settled(world, id, "stopped");
});

test("the clock set back between the notices: nothing comes before its instant, and nobody is told twice", async () => {
  const { world, clock, running, passes, untilTold, minutesLeft, row, told } = await lab();
  const id = await running(2);
  passes((await minutesLeft(id)) - 14);
  await untilTold(id, ["last 1 accepted"]);
  clock.set(-2 * 3_600_000);
  passes(20);
  // A round sees that it was set; without one before it is due, that would be seen only then.
  await wallClock.sleep(2_000);
  expect((await row(id)).wanted).toBe("running");
  // The receipt came 14 minutes before the end, or some seconds less.
  passes((await minutesLeft(id)) + 2);
  await settled(world, id, "stopped");
  expect(await told(id)).toEqual(["last 1 accepted"]);
});

test("the engine silent at the stop: the wish stands, nothing is free, and it goes on when the engine answers", async () => {
  const { world, running, passes, untilTold, minutesLeft, row, ends: endsOf } = await lab();
  const id = await running(2, { kind: "gpu", count: 1 });
  passes((await minutesLeft(id)) - 14);
  await untilTold(id, ["last 1 accepted"]);
  world.engine.now.silent(true);
  passes(15.5);
  await world.until(async () => (await row(id)).wanted === "stopped", "the wish");
  expect(await endsOf(id)).toEqual(["end done"]);
  expect((await row(id)).state).not.toBe("stopped");
  world.engine.now.silent(false);
  await settled(world, id, "stopped");
});

test("more than 100 due at once: all are stopped, in rounds", async () => {
  const { world, ana, clock } = await lab();
  await world.stop();
  const made = 120;
  const at = clock.now();
  await world.ledger.transaction(async (tx) => {
    for (let i = 0; i < made; i++) {
      const base = { memberId: ana.id, workspacePath: `/srv/m${i}` };
      const [project] = await tx
        .insert(projects)
        .values({ ...base, name: `m${i}`, aliasId: `m${i}`, createdAt: at })
        .returning();
      const [container] = await tx
        .insert(containers)
        .values({
          ...base,
          requestId: `many-${i}`,
          projectId: project!.id,
          name: `m${i}._.ana`,
          state: "running",
          stateSince: at,
          wanted: "running",
          wish: { kind: "cpu" },
          hours: 1,
          image: "house",
          askedAt: at,
          standsAt: at,
        })
        .returning();
      await armHours(tx, world, container!);
    }
  });
  const up = new Date(0);
  const reach = () => ({ connectedSince: up, gaps: [], activeSince: up, clockJumpedAt: undefined });
  clock.jump(70 * minuteMs);
  const noted = new Set<string>();
  const rounds = async () => {
    for (let n = 1; n < 10; n++) if (!(await sweep(world, reach, noted)).isMore) return n;
    throw new Error("it does not come to an end");
  };
  // Told first, then that they are held until it arrived.
  expect(await rounds()).toBe(5);
  expect(await world.ledger.read((tx) => tx.$count(notices))).toBe(made);
  await deliver(world);
  clock.jump(16 * minuteMs);
  expect(await rounds()).toBe(3);
  const all = await world.ledger.read((tx) => tx.select().from(ends));
  expect(all.filter(({ state }) => state === "done")).toHaveLength(made);
  expect(await unwarned(world)).toEqual([]);
});

/**
 * A bot tells the last notice, Slack takes it, the time passes, it stops the container; it is killed at every commit of
 * that. The next one goes on: the end comes, once, and never without 15 minutes after a notice that it saw answered.
 */
test("killed at every step of an end", { timeout: 240_000 }, async () => {
  const {
    world: machine,
    running,
    passes,
    minutesLeft,
    clock,
    slack,
    row,
    ana,
    told,
    untilTold,
  } = await lab({ checkEpoch: false });
  await machine.stop();
  /** A ledger is opened only if Postgres has the same time: another bot begins before the hours passed, and they pass then. */
  const opened = async (open: (clock: Clock) => Promise<MemoryWorld>) => {
    let isOpen = false;
    const late: Clock = { ...clock, now: () => (isOpen ? clock : wallClock).now() };
    const world = await open(late);
    isOpen = true;
    return world;
  };
  const live = async (dieAt?: number) => {
    machine.start();
    const id = await running(2);
    await machine.stop();
    passes((await minutesLeft(id)) - 14);
    const mind = life();
    const { url } = machine.ledger.connection;
    const first = await opened((clock) =>
      memoryWorld(url, { share: machine, clock, node: mind.node, ledger: mind.ledger }),
    );
    const job = endContainers(first, reachFromNow(first.clock, slack.reach));
    clock.jump(16 * minuteMs);
    mind.arm(dieAt);
    const whole = (async () => {
      await job.run(first, never);
      await deliver(first);
      clock.jump(16 * minuteMs);
      await job.run(first, never);
    })();
    await Promise.race([whole, mind.death]);
    first.die();
    const before = await told(id);
    const isToBeStopped = (await row(id)).wanted === "stopped";
    const second = await opened((clock) => memoryWorld(url, { share: machine, clock, watchEveryMs: 50 }));
    second.start(endContainers(second, reachFromNow(second.clock, slack.reach)), slack.job);
    if (!isToBeStopped) {
      const isAccepted = before.includes("last 1 accepted");
      if (isAccepted) passes(6);
      await untilTold(id, isAccepted ? ["last 1 accepted", "last 2 accepted"] : ["last 1 accepted"]);
      expect((await row(id)).wanted).toBe("running");
      passes(16);
    }
    await settled(second, id, "stopped");
    const wrong = await unwarned(second);
    await second.end();
    const project = `“p${id}” has stopped.`;
    const notes = (await sentences(machine, ana.slackUserId)).filter((text) => text.startsWith(project));
    return { steps: mind.steps, wrong, notes: notes.length };
  };
  const { steps } = await live();
  expect(steps.filter((step) => step === "after commit").length).toBeGreaterThanOrEqual(3);
  for (let at = 0; at < steps.length; at++) {
    const seen = await live(at);
    expect({ wrong: seen.wrong, notes: seen.notes }, `killed at step ${at}, ${steps[at]}`).toEqual({
      wrong: [],
      notes: 1,
    });
  }
});
