import fc from "fast-check";
import { wallClock } from "../../src/clock.ts";
import { count, type Happened } from "../fairness/happened.ts";
import type { BotProcess } from "../process/bot-process.ts";
import { startTestServer, stopTestServer } from "../support/database.ts";

/** One thing that goes wrong under the bot, from its beginning to its end. */
export const fault = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant("kill" as const) },
    { weight: 3, arbitrary: fc.constant("engine" as const) },
    { weight: 3, arbitrary: fc.constant("postgres" as const) },
    { weight: 6, arbitrary: fc.constant("slack" as const) },
    { weight: 2, arbitrary: fc.constant("slackAway" as const) },
  ),
  /** Until it begins, and for how long it goes on. */
  calmMs: fc.integer({ min: 500, max: 5_000 }),
  lastsMs: fc.integer({ min: 50, max: 3_000 }),
  /** The bot is killed in the middle of it. */
  kills: fc.integer({ min: 0, max: 2 }).map((n) => n === 0),
  pick: fc.nat(9999),
});
export type Fault = typeof fault extends fc.Arbitrary<infer T> ? T : never;

/** `stateDir`: of the Postgres server that only this bot uses. Resolves when all is there again and Slack reaches the bot. */
export async function strike(
  bot: BotProcess,
  stateDir: string,
  one: Fault,
  happened: Happened,
): Promise<void> {
  const lasts = () => wallClock.sleep(one.lastsMs);
  const killed = async () => {
    count(happened, "kills");
    await bot.kill();
  };
  switch (one.what) {
    case "kill":
      await killed();
      await lasts();
      return bot.start();
    case "engine":
      count(happened, "engine restarts");
      await bot.bed.engine.kill();
      await lasts();
      if (one.kills) {
        await killed();
        await bot.start();
      }
      return bot.bed.engine.resume();
    case "postgres":
      count(happened, "Postgres restarts");
      await stopTestServer(stateDir);
      await lasts();
      if (one.kills) await killed();
      await startTestServer(stateDir);
      if (one.kills) await bot.start();
      break;
    case "slackAway":
      count(happened, "Slack errors");
      bot.slack.faults.away(true);
      await lasts();
      bot.slack.faults.away(false);
      break;
    case "slack":
      count(happened, "Slack errors", slackErrors(bot.slack.faults, one.pick));
      await lasts();
      break;
  }
  if (bot.isUp()) await bot.slack.waitFor(() => bot.slack.isAppConnected(), 60_000, "the bot to be there");
}

/** Some of them at once; how many. */
function slackErrors(faults: BotProcess["slack"]["faults"], pick: number): number {
  const all = [
    () => faults.next("chat.postMessage", { status: 429, retryAfterSeconds: 1 }),
    () => faults.next("chat.postMessage", { status: 500, times: 2 }),
    () => faults.next("chat.postMessage", { cut: true, afterEffect: true }),
    () => faults.next("chat.update", { error: "internal_error" }),
    () => faults.next("chat.update", { cut: true }),
    () => faults.next("*", { delayMs: 2_000, times: 3 }),
    () => faults.next("*", { error: "fatal_error", times: 2 }),
    () => faults.next("response_url", { status: 500 }),
    () => faults.dropSockets(),
    () => faults.refreshSockets(),
    () => faults.deliverTwice(3),
    () => faults.redeliverLast(),
  ];
  const some = all.filter((_, n) => n % 4 === pick % 4);
  for (const err of some) err();
  return some.length;
}
