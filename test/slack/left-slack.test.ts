import { afterEach, expect, test } from "vitest";
import { leftSlack } from "../../src/ends/left-slack.ts";
import { outbox } from "../../src/ledger/bot-tables.ts";
import { notices } from "../../src/ledger/end-tables.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import { containers } from "../../src/ledger/schema.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** Somebody's account in Slack is deactivated: how it is known, what the admins read, and what is never concluded. */

let clock: JumpingClock;
let desk: FrontDesk;
const minuteMs = 60_000;

afterEach(async () => {
  await desk.end();
});

async function open(): Promise<void> {
  clock = jumpingClock();
  const policy = "enrol: open\ndefaults: { max_runtime_h: 72, max_containers: 9 }\ngroups: { student: {} }";
  desk = await openDesk({ ends: true, world: { clock, policy, gpus: 1 } });
}

const ben = async () => (await desk.world.ledger.read((tx) => memberByHandle(tx, "ben")))!;
const becomes = (state: string) =>
  desk.world.until(async () => (await ben()).state === state, `ben to be ${state}`);
const adminsRead = (words: RegExp) =>
  desk.slack.waitFor(
    () =>
      desk.dmitri
        .messages("CADMINS")
        .find(({ blocks }) => words.test(wordsIn(blocks).replace(/\s+/g, " ").trim())),
    20_000,
    `the admins to read ${words}`,
  );
const postsTo = (channel: string) =>
  desk.slack.journal.calls("chat.postMessage").filter(({ args }) => args.channel === channel).length;
const receipts = async (many: number) =>
  desk.world.until(
    async () =>
      (await desk.world.ledger.read((tx) => tx.select().from(notices))).filter(
        ({ acceptedAt }) => acceptedAt !== null,
      ).length === many,
    `${many} receipts`,
  );

test("Slack's event, then a day: the admins read it, both notices and the stop, and nobody writes to who is gone", async () => {
  await open();
  const { slack, world } = desk;
  await desk.ben.type("/container-deploy vision --gpus 1 --hours 48");
  await desk.ben.waitForMessage("dm", (message) => message.text.startsWith("*vision* is ready"));
  await desk.ben.type("/container-deploy more --gpus 1 --hours 8");
  await world.until(
    async () =>
      (await world.ledger.read((tx) => tx.select().from(containers))).some(
        ({ state }) => state === "waiting",
      ),
    "the second to wait",
  );
  slack.updateUser("UBEN", { deleted: true });
  const said = await adminsRead(/^ben left Slack: the account is deactivated there\. Nobody gets in/);
  expect(wordsIn(said.blocks)).toMatch(/ben\/vision runs, and is stopped .*ben\/more left the line\./s);
  // Slack's event, or its answer to a message that was under way: whichever came first.
  expect(await ben()).toMatchObject({
    state: "gone",
    goneKnownBy: expect.stringMatching(/event|undelivered/),
    stateBeforeGone: "active",
  });
  const before = postsTo("UBEN");

  clock.jump(23 * 60 * minuteMs);
  const first = await adminsRead(/^:bell: \*ben\/vision\* · stops/);
  expect(wordsIn(first.blocks)).toMatch(/Its member has left Slack.*\/berth stop ben\/vision at 18:00 "why"/);
  expect(JSON.stringify(first.blocks)).not.toMatch(/stop-container|keep-container|extend-container/);
  await receipts(1);
  clock.jump(45 * minuteMs);
  await receipts(2);
  clock.jump(16 * minuteMs);
  await adminsRead(/^:white_circle: \*ben\/vision\* · stopped/);
  await world.until(
    async () =>
      (await world.ledger.read((tx) => tx.select().from(containers))).some(
        ({ state }) => state === "stopped",
      ),
    "it to be stopped",
  );
  await world.until(
    async () =>
      (await world.ledger.read((tx) => tx.select().from(outbox))).every(
        ({ sentAt, setAsideAt }) => sentAt !== null || setAsideAt !== null,
      ),
    "everything to be sent",
  );
  expect(postsTo("UBEN")).toBe(before);
});

test("back again: welcomed with what there is, and told to the admins", async () => {
  await open();
  await desk.ben.type("/container-deploy vision --gpus 1 --hours 48");
  await desk.ben.waitForMessage("dm", (message) => message.text.startsWith("*vision* is ready"));
  desk.slack.updateUser("UBEN", { deleted: true });
  await becomes("gone");
  desk.slack.updateUser("UBEN", { deleted: false });
  await desk.ben.waitForMessage("dm", ({ text }) => text.startsWith("Welcome back."));
  await adminsRead(/^ben is back in Slack\./);
  await becomes("active");
  await desk.ben.type("/container-list");
  await desk.ben.waitForMessage(
    "dm",
    ({ ephemeral, blocks }) => ephemeral === true && /vision/.test(wordsIn(blocks)),
  );
});

test("no event came: a message that Slack refuses is asked about, and so is everybody once a day", async () => {
  await open();
  const { slack, world } = desk;
  const unheard = async (user: string) => {
    slack.faults.away(true);
    await world.until(async () => desk.room.reach().connectedSince === undefined, "the loss to be seen");
    slack.updateUser(user, { deleted: true });
    slack.faults.away(false);
    await world.until(async () => desk.room.reach().connectedSince !== undefined, "Slack to be back");
  };
  await unheard("UBEN");
  expect((await ben()).state).toBe("active");
  await world.ledger.write((tx) => tell(tx, "UBEN", { kind: "note", text: "never read" }, clock.now()));
  await becomes("gone");
  expect((await ben()).goneKnownBy).toBe("undelivered");

  await unheard("UANA");
  clock.jump(25 * 60 * minuteMs);
  await world.until(async () => {
    // Between one question to Slack and the next a second goes by.
    clock.jump(1_000);
    return (await world.ledger.read((tx) => memberByHandle(tx, "ana")))?.state === "gone";
  }, "the daily look to find ana gone");
  expect((await world.ledger.read((tx) => memberByHandle(tx, "ana")))?.goneKnownBy).toBe("daily-look");
  expect((await world.ledger.read((tx) => memberByHandle(tx, "dmitri")))?.state).toBe("active");
});

test("that Slack is away, does not know them, or takes no message is no word of theirs having left", async () => {
  await open();
  const { slack, world } = desk;
  const isBens = (args: Record<string, unknown>) => args.channel === "UBEN" || args.user === "UBEN";
  for (const fault of [{ error: "user_not_found" }, { error: "fatal_error" }, { status: 503 }, { cut: true }])
    slack.faults.next("users.info", { ...fault, times: 2, when: isBens });
  slack.faults.next("chat.postMessage", { error: "user_not_found", times: 100, when: isBens });
  await world.ledger.write((tx) => tell(tx, "UBEN", { kind: "note", text: "never read" }, clock.now()));
  await world.until(async () => {
    clock.jump(31_000);
    return (await world.ledger.read((tx) => tx.select().from(outbox))).some((row) => row.setAsideAt !== null);
  }, "the message to be put aside");
  expect((await ben()).state).toBe("active");
});

test("known as gone by mistake of the past, who asks is let in as soon as Slack says that they are there", async () => {
  await open();
  await leftSlack(desk.world, { slackUserId: "UBEN", knownBy: "event" });
  await desk.ben.type("/limits");
  await desk.ben.waitForMessage("dm", ({ ephemeral }) => ephemeral === true);
  expect(await ben()).toMatchObject({ state: "active", goneSince: null });
});
