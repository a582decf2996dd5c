import { afterAll, beforeAll, expect, test } from "vitest";
// Runs on the one engine: test/support/bed.ts.
import { type BotProcess, botProcess, letAnaIn } from "./bot-process.ts";

// A Friday: the bot runs, and an admin types in a shell on the server; each command is a process of its own.
let bot: BotProcess;

beforeAll(async () => {
  bot = await botProcess();
  await bot.start();
  await letAnaIn(bot);
});

afterAll(async () => {
  await bot?.end();
});

const is = (project: string, state: string) =>
  bot.untilTrue(`select (select c.state from containers c join projects p on p.id = c.project_id
    where p.name = '${project}' order by c.id desc limit 1) = '${state}'`);

test("paused in a shell: a deploy waits with that sentence; pause off, and it is granted by the slow tick", async () => {
  expect(await bot.shell("pause", "the new driver")).toMatchObject({
    code: 0,
    out: expect.stringContaining("Berth is paused: nothing is granted anywhere until pause off."),
  });
  expect((await bot.shell("pause", "me too")).out).toMatch(/^Berth is paused already: by dmitri since/);
  const ana = bot.slack.as("UANA");
  await ana.type("/container-deploy paused --gpus 1 --hours 1", { channel: "admins" });
  const answer = await ana.waitForMessage("admins", /Berth is paused by dmitri: the new driver\./, 30_000);
  expect(answer.ephemeral).toBe(true);
  expect((await bot.shell("status")).out).toMatch(/^Berth is paused by dmitri since .*: the new driver/);

  expect(await bot.shell("pause", "off")).toMatchObject({ code: 0 });
  await is("paused", "running");
  const { seconds } = await bot.one<{ seconds: number }>(`
    select extract(epoch from (select at from events where what = 'granted' order by id desc limit 1)
      - (select at from events where what = 'pause-ended' order by id desc limit 1))::int as seconds`);
  expect(seconds).toBeGreaterThanOrEqual(0);
});

test("Slack is away: a stop at once in a shell stops, and its owner reads who and why when Slack is back", async () => {
  const ana = bot.slack.as("UANA");
  await is("paused", "running");
  bot.slack.faults.away(true);
  try {
    expect(await bot.shell("stop", "ana/paused", "now", "it mines coins")).toMatchObject({
      code: 0,
      out: "ana/paused is being stopped at once; its owner is told who and why. Its files are kept.\n",
    });
    await is("paused", "stopped");
    expect((await bot.containers()).map(({ state }) => state)).toEqual(["exited"]);
    expect(ana.messages("dm").some(({ text }) => text.includes("mines coins"))).toBe(false);
  } finally {
    bot.slack.faults.away(false);
  }
  // Messages go out before commands come in again.
  await bot.slack.waitFor(() => bot.slack.isAppConnected(), 30_000, "the bot to hear of commands again");
  await ana.waitForMessage("dm", /has stopped\. dmitri stopped it: it mines coins/, 60_000);
  expect((await bot.shell("events", "ana/paused")).out).toMatch(
    /stop wished {2}\(ana\/paused by dmitri\) {2}dmitri stopped it: it mines coins/,
  );
});

test("put first in a shell: it stands first, and whoever waits reads why", async () => {
  const ana = bot.slack.as("UANA");
  await bot.shell("pause", "the new driver");
  for (const project of ["waits", "later"])
    await ana.type(`/container-deploy ${project} --cpu-only --hours 1`, { channel: "admins" });
  await is("later", "waiting");
  expect(await bot.shell("first", "ana/later")).toMatchObject({
    code: 1,
    err: expect.stringContaining("Say why"),
  });
  expect(await bot.shell("first", "ana/later", "demo for the visitors")).toEqual({
    code: 0,
    out: "ana/later stands first; everyone in the line reads why.\n",
    err: "",
  });
  const note = await ana.waitForMessage("dm", /put “later” first in the line: demo for the visitors/, 30_000);
  expect(note.text).toMatch(/^dmitri put/);
  const row = `select first_because, (select actor from events where what = 'put-first') as actor
    from containers where first_since is not null`;
  expect(await bot.one(row)).toEqual({
    first_because: "demo for the visitors (dmitri)",
    actor: "cli:dmitri",
  });
  expect((await bot.shell("first", "nobody/x", "why")).err).toContain("waits in the line");
  await bot.shell("pause", "off");
  await is("waits", "running");
  await is("later", "running");
});

test("drained in a shell: with an instant, moved, and off again", async () => {
  const begun = await bot.shell("drain", "gpu", "0", "--from", "tomorrow 18:00", "--reason", "it is hot");
  expect(begun.out).toMatch(/^GPU 0 of gpu1 gives nothing new out from now on\./);
  expect((await bot.shell("status")).out).toMatch(
    /GPU 0 .*drained by dmitri since .*: it is hot; what runs there is stopped/,
  );
  expect((await bot.shell("events", "gpu", "0")).out).toContain("dmitri drains GPU 0 of gpu1: it is hot.");
  expect((await bot.shell("drain", "off")).out).toContain("The drain of GPU 0 of gpu1 is over");
  expect((await bot.shell("drain", "off")).out).toBe("Nothing was being drained there.\n");
});

test.each([
  [["paus"], 2, "There is no “berth paus”. Did you mean “berth pause”?"],
  [["drain", "of"], 2, "Did you mean off?"],
  [["drain", "from", "teatime", "disks"], 2, "is not a time I can read"],
  [["drain", "--form", "18:00"], 2, "Did you mean --from?"],
  [["stop", "vision", "x"], 2, "does not say whose container it is"],
  [["events", "--most", "0"], 2, "--most is a whole number from 1 to 1000."],
  [["pause"], 1, "Say why"],
  [["stop", "anaa/vision", "now", "x"], 1, "There is nobody called “anaa”. Did you mean ana?"],
  [["drain", "gpu", "9", "x"], 1, "gpu1 has no GPU 9."],
])(
  "what was typed wrong is said, and the exit code tells usage from failure: %j",
  async (words, code, sentence) => {
    const said = await bot.shell(...words);
    expect(said.code).toBe(code);
    expect(said.err).toContain(sentence);
    expect(said.err).not.toMatch(/\/berth|node:internal|at .*\.ts:/);
  },
);
