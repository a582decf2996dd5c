import { afterAll, beforeAll, expect, test } from "vitest";
// Runs on the one engine: test/support/bed.ts.
import { backupOf, restore } from "../support/database.ts";
import { type BotProcess, botProcess, letAnaIn } from "./bot-process.ts";

// The bot as a process of its own, on the real engine, killed where no exception handler can help it.
let bot: BotProcess;

beforeAll(async () => {
  bot = await botProcess();
  await bot.start();
  await letAnaIn(bot);
});

afterAll(async () => {
  await bot?.end();
});

const state = (project: string) =>
  `select c.state from containers c join projects p on p.id = c.project_id where p.name = '${project}' order by c.id desc limit 1`;
const is = (project: string, wanted: string) => bot.untilTrue(`select (${state(project)}) = '${wanted}'`);

async function killAndStartAgain(): Promise<void> {
  await bot.kill();
  await bot.start();
}

async function nothingInVain(): Promise<void> {
  const left = await bot.one<{ open: number; living: number }>(`
    select (select count(*) from leases where ended_at is null)::int as open,
      (select count(*) from containers where state not in ('retired', 'failed'))::int as living`);
  expect(left).toEqual({ open: 0, living: 0 });
  expect(await bot.containers()).toEqual([]);
}

const momentsOfADeploy: [string, string][] = [
  [
    "the moment the wish is a row",
    "select c.id > 0 from containers c join projects p on p.id = c.project_id where p.name = $",
  ],
  [
    "while the engine's container is made",
    "select c.step = 'create' from containers c join projects p on p.id = c.project_id where p.name = $",
  ],
  [
    "while SSH is waited for",
    "select c.step = 'ssh' from containers c join projects p on p.id = c.project_id where p.name = $",
  ],
  [
    "the moment it runs, its card not yet sent",
    "select c.state = 'running' from containers c join projects p on p.id = c.project_id where p.name = $",
  ],
];

test.each(momentsOfADeploy)(
  "killed in a deploy, %s: one container runs and is told once ready",
  async (moment, query) => {
    const project = `p${momentsOfADeploy.findIndex(([name]) => name === moment)}`;
    const ana = bot.slack.as("UANA");
    await ana.type(`/container-deploy ${project} --gpus 1 --hours 1`, { channel: "admins" });
    await bot.untilTrue(`${query.replace("$", `'${project}'`)} order by c.id desc limit 1`);
    await killAndStartAgain();
    await is(project, "running");
    expect((await bot.containers()).filter((one) => one.state === "running").map((one) => one.name)).toEqual([
      `${project}._.ana`,
    ]);
    const card = await ana.waitForMessage(
      "dm",
      (message) => message.text.includes(`*${project}* is ready`),
      30_000,
    );
    expect(JSON.stringify(card.blocks)).toMatch(/ssh -p \d+ ana@/);

    await ana.click(card, "Retire", { confirmed: true });
    await is(project, "retired");
    await nothingInVain();
  },
);

test("killed in a stop and in a retire, it ends what it began and holds nothing in vain", async () => {
  const ana = bot.slack.as("UANA");
  await ana.type("/container-deploy work --gpus 1 --hours 1", { channel: "admins" });
  await is("work", "running");
  const card = await ana.waitForMessage("dm", (message) => message.text.includes("*work* is ready"), 30_000);
  await ana.click(card, "Stop", { confirmed: true });
  await is("work", "stopping");
  await killAndStartAgain();
  await is("work", "stopped");
  const stopped = await ana.waitForMessage(
    "dm",
    (message) => message.text.includes("*work* is stopped"),
    30_000,
  );
  await ana.click(stopped, "Retire", { confirmed: true });
  await bot.untilTrue("select wanted = 'retired' from containers order by id desc limit 1");
  await killAndStartAgain();
  await is("work", "retired");
  await nothingInVain();
});

test("each start has a number of its own, and SIGTERM ends it with 0", async () => {
  const epoch = await bot.one<{ epoch: string }>("select epoch from active_bot");
  await killAndStartAgain();
  const next = await bot.one<{ epoch: string }>("select epoch from active_bot");
  expect(Number(next.epoch)).toBe(Number(epoch.epoch) + 1);
  expect(await bot.stop()).toBe(0);
  await bot.start();
});

test("a ledger from before three deploys is put back: all three go on, nobody reads old news, nothing else gets the GPU", async () => {
  const ana = bot.slack.as("UANA");
  await bot.stop();
  const backup = await backupOf(bot.database);
  await bot.reconnect();
  await bot.start();
  const projects = ["kept", "kept-too", "kept-as-well"];
  for (const [n, project] of projects.entries()) {
    const devices = n === 0 ? "--gpus 1" : "--cpu-only";
    await ana.type(`/container-deploy ${project} ${devices} --hours 1`, { channel: "admins" });
    await is(project, "running");
  }
  const device = (await bot.one<{ id: string }>("select device_id as id from leases where ended_at is null"))
    .id;
  await bot.stop();
  const read = () => ana.messages("dm").map(({ ts }) => ts);
  const before = read();

  await restore(bot.database, backup);
  await bot.reconnect();
  await bot.start("--after-restore");
  for (const project of projects) await is(project, "running");
  expect((await bot.containers()).map(({ name, state: now }) => [name, now]).sort()).toEqual(
    projects.map((project) => [`${project}._.ana`, "running"]).sort(),
  );
  const leases = "select count(*)::int as all, min(device_id) as id from leases where ended_at is null";
  expect(await bot.one(leases)).toEqual({ all: 1, id: device });
  await bot.slack.as("UDMITRI").waitForMessage("CADMINS", /restored from a backup/);
  await bot.untilTrue("select count(*) = 0 from outbox where sent_at is null and set_aside_at is null");
  // A card of each, and nothing else: the old ones are not known any more.
  const news = ana.messages("dm").filter(({ ts }) => !before.includes(ts));
  expect(news.map(({ text }) => /^\*(\S+)\* is ready/.exec(text)?.[1] ?? text).sort()).toEqual(
    projects.sort(),
  );
  for (const card of news) await ana.click(card, "Retire", { confirmed: true });
  for (const project of projects) await is(project, "retired");
  await nothingInVain();
  await backup.drop();
});
