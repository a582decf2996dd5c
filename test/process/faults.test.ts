import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { startTestServer, stopTestServer } from "../support/database.ts";
import { type BotProcess, botProcess, letAnaIn } from "./bot-process.ts";

// The whole bot on real parts (test/support/bed.ts) while one of them is away: nothing lost, nothing doubled, people told.
let bot: BotProcess;
/** Of a Postgres server of its own: other tests go on while it is away. */
let stateDir: string;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "berth-faults-"));
  const { url } = await startTestServer(stateDir);
  await migrate({ url });
  bot = await botProcess({ url, drop: () => stopTestServer(stateDir) });
  await bot.start();
  await letAnaIn(bot);
});

afterAll(async () => {
  await bot?.end();
  await rm(stateDir, { recursive: true, force: true });
});

const is = (project: string, state: string) =>
  bot.untilTrue(`select (select c.state from containers c join projects p on p.id = c.project_id
    where p.name = '${project}' order by c.id desc limit 1) = '${state}'`);

async function readyCards(project: string): Promise<number> {
  const messages = bot.slack.as("UANA").messages("dm");
  return messages.filter((message) => message.text.includes(`*${project}* is ready`)).length;
}

async function retire(project: string): Promise<void> {
  const ana = bot.slack.as("UANA");
  const card = await ana.waitForMessage(
    "dm",
    (message) => message.text.includes(`*${project}* is ready`),
    30_000,
  );
  await ana.click(card, "Retire", { confirmed: true });
  await is(project, "retired");
}

test("the engine dies during a bring-up: the card says so, and it goes on when the engine is back", async () => {
  const ana = bot.slack.as("UANA");
  await bot.bed.engine.kill();
  try {
    await ana.type("/container-deploy engine --gpus 1 --hours 1", { channel: "admins" });
    const card = await ana.waitForMessage("dm", /does not answer/, 40_000);
    expect(card.text).toContain("*engine*");
  } finally {
    await bot.bed.engine.resume();
  }
  await is("engine", "running");
  expect((await bot.containers()).length).toBe(1);
  await retire("engine");
});

test("Postgres is away: commands are answered in words, the process stays, and afterwards all goes on", async () => {
  const ana = bot.slack.as("UANA");
  await stopTestServer(stateDir);
  try {
    await ana.type("/container-deploy away --gpus 1 --hours 1", { channel: "admins" });
    await ana.waitForMessage("admins", /ledger is not reachable/, 30_000);
    await wallClock.sleep(process.env.BERTH_LONG ? 20_000 : 2_000);
  } finally {
    await startTestServer(stateDir);
  }
  await bot.reconnect();
  await bot.slack.waitFor(() => bot.slack.isAppConnected(), 30_000, "the bot to be there still");
  // It answers again only once it is the active bot again; a person tries again as the answer said.
  await expect
    .poll(
      async () => {
        const before = new Set(ana.messages("admins").map((message) => message.ts));
        await ana.type("/container-deploy away --gpus 1 --hours 1", { channel: "admins" });
        const answer = await ana.waitForMessage("admins", (message) => !before.has(message.ts), 20_000);
        return /starting|has a container already/.test(JSON.stringify(answer));
      },
      { timeout: 60_000, interval: 2000 },
    )
    .toBe(true);
  await is("away", "running");
  expect((await bot.containers()).length).toBe(1);
  await retire("away");
});

test("Slack says 429, then 500, then closes the connection: one card, and it is the right one", async () => {
  const { faults } = bot.slack;
  const ana = bot.slack.as("UANA");
  faults.next("chat.postMessage", { status: 429, retryAfterSeconds: 1, times: 1 });
  faults.next("chat.postMessage", { status: 500, times: 1 });
  await ana.type("/container-deploy slack --gpus 1 --hours 1", { channel: "admins" });
  faults.dropSockets();
  await is("slack", "running");
  await ana.waitForMessage("dm", (message) => message.text.includes("*slack* is ready"), 40_000);
  expect(await readyCards("slack")).toBe(1);
  await bot.slack.waitFor(() => bot.slack.isAppConnected(), 30_000, "the bot to reconnect");
  await retire("slack");
});
