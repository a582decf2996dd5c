import fc from "fast-check";
import { expect, test } from "vitest";
import { unwarned } from "../support/unwarned.ts";
import { type Asked, askAgain, type Command, command, isAlone, obey } from "./acts.ts";
import { type Crowd, crowd } from "./crowd.ts";

/**
 * People ask, stop, extend and leave at random; admins drain, pause, set limits and stop; Slack and GPUs go and come back;
 * a bot dies at any step and another goes on; hours and days pass. After each commit the law holds (law.ts), and whenever
 * everything is at rest nobody waits in vain (at-rest.ts).
 */
const isLong = process.env.BERTH_LONG === "1";
const runs = Number(process.env.BERTH_RUNS ?? (isLong ? 300 : 2));
const actions = isLong ? 200 : 90;
const seed = Number(process.env.BERTH_SEED ?? (isLong ? Date.now() % 2 ** 31 : 20_261_127));

const story = fc.record({
  bots: fc.constantFrom(1 as const, 2 as const),
  commands: fc
    .tuple(
      // They come in a crowd: from then on somebody always waits.
      fc.array(command, { minLength: 16, maxLength: 16 }),
      fc.array(command, { minLength: actions - 16, maxLength: actions - 16 }),
    )
    .map(([crowd, more]) => [...crowd.map((one) => ({ ...one, act: "deploy" as const })), ...more]),
});

const happened = new Map<string, number>();
const count = (what: string, n = 1) => happened.set(what, (happened.get(what) ?? 0) + n);

async function live({ bots, commands }: { bots: 1 | 2; commands: Command[] }): Promise<void> {
  const some = await crowd({ bots });
  const asked: Asked = { answered: new Set(), unanswered: new Map() };
  try {
    for (const batch of batches(commands)) {
      if (isAlone(batch[0]!)) await alone(some, batch[0]!);
      else {
        const rounds = batch.length > 2 ? some.living().map((bot) => bot.round()) : [];
        await Promise.all([...batch.map((one) => obey(some, asked, one)), ...rounds]);
      }
      if (batch[0]!.pick % 3 > 0) await some.rest();
      else await some.judge();
      const isMourned = some.living().length < bots;
      some.bury();
      if (isMourned && batch[0]!.pick % 2 === 0) await some.pass(batch[0]!.minutes * 60_000);
      if (isMourned) {
        await some.replace();
        await askAgain(some, asked);
      }
    }
    await atTheEnd(some, asked);
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
  count(act);
  if (act === "pass") await some.pass(minutes * 60_000);
  if (act === "slackAway") some.slackAway(true);
  if (act === "slackBack") some.slackAway(false);
  if (act === "kill") some.living()[0]?.mind.arm(pick % 80);
  if (act === "comeBack") for (const { uuid } of host.gpus) host.comeBack(uuid);
  if (act === "vanish") {
    host.vanish(gpu);
    // A GPU is lost when three readings lack it.
    for (let n = 0; n < 3; n++) await Promise.all(some.living().map((bot) => bot.round()));
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
  const { book } = some;
  for (const { what } of book.events.values()) count(what);
  for (const { state } of book.promises.values()) count(`promise ${state}`);
  for (const { waitsFor } of book.containers.values())
    if (waitsFor?.startsWith("You hold")) count("at a limit");
  for (const { reason, state } of book.ends.values()) count(`${reason} ${state}`);
}

test(`the law holds at every instant: ${runs} runs of ${actions} actions, seed ${seed}`, {
  timeout: isLong ? 4 * 3_600_000 : 240_000,
}, async () => {
  // People race, so the same seed asks for the same and need not end the same: shrinking would be in vain.
  const checked = await fc.check(fc.asyncProperty(story, live), { numRuns: runs, seed, endOnFailure: true });
  if (checked.failed)
    throw new Error(
      `Run ${checked.numRuns} of seed ${seed} (BERTH_SEED): ${(checked.errorInstance as Error)?.stack}`,
    );
  // The runs did something: all that the law is about happened.
  const often = ["granted", "promise-made", "extended", "drain-begun", "end done"];
  const seldom = [
    ...["promise-kept", "promise-missed", "at a limit", "end-held", "admin done", "pause-begun", "put-first"],
    ...["swapped", "device-lost", "kill"],
  ];
  const did = [...happened].sort().map(([what, n]) => `${what} ${n}`);
  for (const what of isLong ? [...often, ...seldom] : often)
    expect(happened.get(what) ?? 0, `${what} of ${did.join(", ")}`).toBeGreaterThan(0);
  if (isLong) console.info(did.join(", "));
});
