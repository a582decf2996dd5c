import fc from "fast-check";
import { expect } from "vitest";
import { unwarned } from "../support/unwarned.ts";
import { type Asked, askAgain, type Command, command, isAlone, obey } from "./acts.ts";
import { type Crowd, crowd } from "./crowd.ts";
import { type Ground, ground } from "./ground.ts";
import { count, countAll, type Happened } from "./happened.ts";

/**
 * People ask, stop, extend and leave at random; admins drain, pause, set limits and stop; Slack and GPUs go and come back;
 * a bot dies at any step and another goes on; hours and days pass. After each commit the law holds (law.ts), and whenever
 * everything is at rest nobody waits in vain (at-rest.ts).
 */
export const isLong = process.env.BERTH_LONG === "1";
/** With one bot, and again as many with two that write at once; each is a file of its own, so that they run side by side. */
export const runs = Number(process.env.BERTH_RUNS ?? (isLong ? 150 : 1));
/** That one alone, of those the seed says: what a run that failed asked for is asked for again, and need not go the same. */
export const onlyRun = process.env.BERTH_RUN === undefined ? undefined : Number(process.env.BERTH_RUN);
export const actions = isLong ? 200 : 90;
export const seed = Number(process.env.BERTH_SEED ?? (isLong ? Date.now() % 2 ** 31 : 20_261_127));
export const limitMs = isLong ? 4 * 3_600_000 : 240_000;

const story = fc
  .tuple(
    // They come in a crowd: from then on somebody always waits.
    fc.array(command, { minLength: 16, maxLength: 16 }),
    fc.array(command, { minLength: actions - 16, maxLength: actions - 16 }),
  )
  .map(([crowd, more]) => [...crowd.map((one) => ({ ...one, act: "deploy" as const })), ...more]);

/** Lives so many stories of that seed; throws at the first thing that is not so. Returns what happened in them, and how often. */
export async function liveAll(bots: 1 | 2): Promise<Happened> {
  const happened: Happened = new Map();
  const below = await ground(bots);
  try {
    const lived = fc.asyncProperty(story, (commands) => live(below, commands, happened));
    // People race, so the same seed asks for the same and need not end the same: shrinking would be in vain.
    const which = onlyRun === undefined ? { numRuns: runs } : { numRuns: 1, path: `${onlyRun - 1}` };
    const checked = await fc.check(lived, { ...which, seed, endOnFailure: true });
    if (checked.failed)
      throw new Error(
        `Run ${onlyRun ?? checked.numRuns} (BERTH_RUN, with BERTH_LONG=${isLong ? 1 : 0}) of seed ${seed} (BERTH_SEED): ${(checked.errorInstance as Error)?.stack}`,
      );
  } finally {
    await below.end();
  }
  return happened;
}

async function live(below: Ground, commands: Command[], happened: Happened): Promise<void> {
  await below.clear();
  const some = await crowd(below, happened);
  const asked: Asked = { answered: new Set(), unanswered: new Map() };
  try {
    for (const batch of batches(commands)) {
      if (isAlone(batch[0]!)) await alone(some, batch[0]!);
      else {
        const rounds =
          batch.length > 2 ? some.living().map((bot, i) => bot.round(i === batch[0]!.pick % 2)) : [];
        await Promise.all([...batch.map((one) => obey(some, asked, one)), ...rounds]);
      }
      if (batch[0]!.pick % 3 === 0) await some.rest();
      else await some.judge();
      const isMourned = some.living().length < below.ledgers.bots.length;
      some.bury();
      if (isMourned && batch[0]!.pick % 2 === 0) await some.pass(batch[0]!.minutes * 60_000);
      if (isMourned) {
        await some.replace();
        await askAgain(some, asked);
      }
    }
    await atTheEnd(some, asked);
    countAll(happened, some.book);
    count(happened, "versions of rows judged", some.versions());
  } catch (error) {
    await some.end().catch(() => undefined);
    throw error;
  }
  await some.end();
}

/** Those that join the one before, eight at most. */
function batches(commands: readonly Command[]): Command[][] {
  const all: Command[][] = [];
  for (const one of commands) {
    const last = all.at(-1);
    if (last && one.joins && last.length < 8 && !isAlone(one) && !isAlone(last[0]!)) last.push(one);
    else all.push([one]);
  }
  return all;
}

async function alone(some: Crowd, { act, pick, minutes }: Command): Promise<void> {
  const { host } = some.machine;
  const gpu = host.gpus[pick % host.gpus.length]!.uuid;
  some.count(act);
  if (act === "pass") await some.pass(minutes * 60_000);
  if (act === "slackAway") some.slackAway(true);
  if (act === "slackBack") some.slackAway(false);
  if (act === "kill") some.living()[0]?.mind.arm(pick % 80);
  if (act === "comeBack") for (const { uuid } of host.gpus) host.comeBack(uuid);
  if (act === "vanish") {
    host.vanish(gpu);
    // A GPU is lost when three readings lack it.
    for (let n = 0; n < 3; n++) await Promise.all(some.living().map((bot) => bot.round(true)));
  }
}

/** Everybody is there again, and everything comes to its end. */
async function atTheEnd(some: Crowd, asked: Asked): Promise<void> {
  some.slackAway(false);
  for (const { uuid } of some.machine.host.gpus) some.machine.host.comeBack(uuid);
  await some.replace();
  await askAgain(some, asked);
  await some.pass(2 * 3_600_000);
  await some.judge();
  const rows = [...some.book.containers.values()];
  for (const id of asked.answered)
    expect(rows.filter(({ requestId }) => requestId === id).length, `request ${id}`).toBe(1);
  expect(await unwarned(some.machine)).toEqual([]);
}
