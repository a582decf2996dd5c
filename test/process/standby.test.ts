import { afterAll, beforeAll, expect, test } from "vitest";
// Runs on the one engine: test/support/bed.ts.
import { type BotProcess, botProcess, letAnaIn } from "./bot-process.ts";

// Two whole processes on one ledger: one is the bot, the other waits for its lock.
let bot: BotProcess;

beforeAll(async () => {
  bot = await botProcess();
  await bot.start();
  await letAnaIn(bot);
});

afterAll(async () => {
  await bot?.end();
});

test("the bot is killed in a deploy: the standby goes on with it and answers from then on", async () => {
  const { epoch } = await bot.one<{ epoch: string }>("select epoch from active_bot");
  await bot.startStandby();
  expect(await bot.health()).toMatchObject({ status: 200, role: "active", why: [] });
  const ana = bot.slack.as("UANA");
  await ana.type("/container-deploy vision --gpus 1 --hours 1", { channel: "admins" });
  await bot.untilTrue("select step = 'ssh' from containers order by id desc limit 1");
  await bot.kill();

  await bot.untilTrue("select state = 'running' from containers order by id desc limit 1");
  const after = await bot.one<{ epoch: string }>("select epoch from active_bot");
  expect(Number(after.epoch)).toBe(Number(epoch) + 1);
  await bot.slack.waitFor(
    () => bot.log().includes("are served now"),
    30_000,
    "the health port to be taken over",
  );
  expect((await bot.containers()).map((one) => one.name)).toEqual(["vision._.ana"]);
  const card = await ana.waitForMessage(
    "dm",
    (message) => message.text.includes("*vision* is ready"),
    30_000,
  );
  // It has the port before it has Slack; whoever sends cards has both.
  expect(await bot.health()).toMatchObject({ status: 200, role: "active", why: [] });

  await ana.click(card, "Retire", { confirmed: true });
  await bot.untilTrue("select state = 'retired' from containers order by id desc limit 1");
  expect(await bot.containers()).toEqual([]);
});
