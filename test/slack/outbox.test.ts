import { afterEach, beforeEach, expect, test } from "vitest";
import { outbox } from "../../src/ledger/bot-tables.ts";
import type { News } from "../../src/ledger/news.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import { containers } from "../../src/ledger/schema.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** Messages that must arrive: in order, at least once, whatever Slack does meanwhile. */

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

const notes = (recipient: string, texts: readonly string[]) =>
  desk.world.ledger.write(async (tx) => {
    for (const text of texts) await tell(tx, recipient, { kind: "note", text }, desk.world.clock.now());
  });

const say = (recipient: string, news: News) =>
  desk.world.ledger.write((tx) => tell(tx, recipient, news, desk.world.clock.now()));

const rows = () => desk.world.ledger.read((tx) => tx.select().from(outbox).orderBy(outbox.id));

const allSent = () =>
  desk.world.until(async () => (await rows()).every((row) => row.sentAt !== null), "everything to be sent");

const said = (who: "ana" | "ben" = "ana") => desk[who].messages("dm").map((message) => message.text);

const posts = () => desk.slack.journal.calls("chat.postMessage");

const seven = ["1 one", "2 two", "3 three", "4 four", "5 five", "6 six", "7 seven"];

test("in the order they were told, each with its receipt", async () => {
  await Promise.all([notes("UANA", seven), notes("UBEN", seven)]);
  await allSent();
  expect(said("ana")).toEqual(seven);
  expect(said("ben")).toEqual(seven);
  for (const row of await rows()) {
    expect(row.channel).toMatch(/^D/);
    expect(row.ts).toMatch(/^\d+\.\d+$/);
    expect(row.attempts).toBe(1);
  }
});

test("more than one round sends is sent in the next, which follows at once: a sent message is no news", async () => {
  const many = Array.from({ length: 24 }, (_, index) => `${index + 1} of 24`);
  await desk.world.stop();
  await notes("UANA", many);
  const rounds = [];
  for (let round = 0; round < 3; round++) rounds.push(await desk.room.drain());
  expect(rounds).toEqual([
    { sent: 20, left: 0, nextInMs: 0 },
    { sent: 4, left: 0, nextInMs: undefined },
    { sent: 0, left: 0, nextInMs: undefined },
  ]);
  expect(said()).toEqual(many);
});

test("while nothing can be sent no round follows another at once, however much waits", async () => {
  const many = Array.from({ length: 24 }, (_, index) => `${index + 1} of 24`);
  await desk.world.stop();
  desk.slack.faults.away(true);
  await notes("UANA", many);
  for (let round = 0; round < 2; round++) {
    const { sent, nextInMs } = await desk.room.drain();
    expect(sent).toBe(0);
    expect(nextInMs).toBeGreaterThan(0);
  }
  desk.slack.faults.away(false);
});

test("a 429 is waited out as long as Slack asks, nothing is sent meanwhile, and the order stays", async () => {
  desk.slack.faults.next("chat.postMessage", { retryAfterSeconds: 1 });
  await notes("UANA", seven);
  await allSent();
  expect(said()).toEqual(seven);
  const [refused, next] = posts();
  expect(refused?.status).toBe(429);
  expect((next?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
});

test("HTTP 500, Slack's own trouble and a cut connection lose nothing and turn nothing round", async () => {
  const { faults } = desk.slack;
  faults.next("chat.postMessage", { status: 500 });
  faults.next("chat.postMessage", { error: "internal_error" });
  faults.next("chat.postMessage", { cut: true });
  await notes("UANA", seven);
  await allSent();
  expect(said()).toEqual(seven);
});

test("a message whose answer was lost comes twice rather than never, and what follows comes after it", async () => {
  desk.slack.faults.next("chat.postMessage", { cut: true, afterEffect: true });
  await notes("UANA", seven.slice(0, 3));
  await allSent();
  expect(said()).toEqual(["1 one", "1 one", "2 two", "3 three"]);
});

test("one person's trouble does not hold up another", async () => {
  desk.slack.faults.next("chat.postMessage", {
    status: 500,
    times: 3,
    when: (args) => args.channel === "UANA",
  });
  await notes("UANA", ["for ana"]);
  await notes("UBEN", ["for ben"]);
  await desk.ben.waitForMessage("dm", "for ben");
  expect(said("ana")).toEqual([]);
  await desk.ana.waitForMessage("dm", "for ana", 20_000);
});

test("while Slack is away nothing is lost; when it is back all arrives in order", async () => {
  const { slack, world } = desk;
  slack.faults.away(true);
  await notes("UANA", seven);
  await world.until(async () => (await rows())[0]?.attempts, "a try");
  expect(desk.room.reach().connectedSince).toBeUndefined();
  slack.faults.away(false);
  await allSent();
  expect(said()).toEqual(seven);
  await world.until(async () => desk.room.reach().connectedSince, "the connection to be back");
  await desk.ana.type("/limits");
  await desk.ana.waitForMessage("dm", "You hold 0");
});

test("a message that Slack will never take is put aside after some tries, and the next one arrives", async () => {
  const hopeless = (args: Record<string, unknown>) => String(args.text).includes("cursed");
  desk.slack.faults.next("chat.postMessage", { error: "restricted_action", times: 100, when: hopeless });
  await notes("UANA", ["cursed", "blessed"]);
  await desk.ana.waitForMessage("dm", "blessed", 50_000);
  const [cursed] = await rows();
  expect(cursed).toMatchObject({ attempts: 5, sentAt: null, error: "restricted_action" });
  expect(cursed?.setAsideAt).not.toBeNull();
});

test("blocks that Slack refuses do not keep the sentence from arriving", async () => {
  desk.slack.faults.next("chat.postMessage", { error: "invalid_blocks" });
  await notes("UANA", ["the sentence"]);
  const message = await desk.ana.waitForMessage("dm", "the sentence");
  expect(message.blocks ?? []).toEqual([]);
});

test("a card that was deleted in Slack is posted anew, and lives on there", async () => {
  const { ana, slack, world } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  const card = await ana.waitForMessage("dm", "is ready");
  const channel = ana.conversation("dm").id;
  slack.faults.next("chat.update", { error: "message_not_found" });
  await ana.type("/container-stop vision");
  const stopped = await ana.waitForMessage(
    "dm",
    (message) =>
      message.ts !== card.ts && !message.ephemeral && wordsIn(message.blocks).includes("*vision*  ·  stop"),
  );
  await world.until(async () => {
    const [row] = await world.ledger.read((tx) => tx.select().from(containers));
    return row?.cardTs === stopped.ts && row.cardChannel === channel;
  }, "the card's new place");
});

test("many drawings of one card that waited are one edit", async () => {
  const { ana, slack, world } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "is ready");
  await allSent();
  const [container] = await world.ledger.read((tx) => tx.select().from(containers));
  const before = slack.journal.calls("chat.update").length;
  await world.ledger.write(async (tx) => {
    for (let i = 0; i < 10; i++)
      await tell(tx, "UANA", { kind: "card", containerId: container?.id ?? 0 }, world.clock.now());
  });
  await allSent();
  expect(slack.journal.calls("chat.update").length - before).toBe(1);
});

test("edits beyond Slack's rate wait, and hold up no message", async () => {
  const { ana, ben, world, slack } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "is ready");
  await allSent();
  const [container] = await world.ledger.read((tx) => tx.select().from(containers));
  const id = container?.id ?? 0;
  const edits = () => slack.journal.calls("chat.update").length;
  // One after the other, so that none of them makes another one needless.
  const left = 10 - edits();
  for (let i = 0; i < left; i++) {
    const before = edits();
    await say("UANA", { kind: "card", containerId: id });
    await world.until(async () => edits() > before || undefined, "an edit");
  }
  await say("UANA", { kind: "card", containerId: id });
  await notes("UANA", ["straight past"]);
  await ana.waitForMessage("dm", "straight past");
  await notes("UBEN", ["for ben"]);
  await ben.waitForMessage("dm", "for ben");
  await allSent();
});

test("however many edits wait for Slack's rate, to whomever: what is to be posted goes past all of them", async () => {
  const { dmitri, world, slack } = desk;
  const most = 60;
  const problems = (state: "open" | "solved") =>
    world.ledger.write(async (tx) => {
      for (let n = 0; n < most; n++) {
        const news = { kind: "problem", key: `gpu ${n}`, state, text: `It is about GPU ${n}.` } as const;
        await tell(tx, "CADMINS", news, world.clock.now());
      }
    });
  await problems("open");
  await allSent();
  await problems("solved");
  await notes("CADMINS", ["straight past"]);
  await dmitri.waitForMessage("admins", "straight past");
  const edits = slack.journal.calls("chat.update").length;
  expect(edits).toBeGreaterThanOrEqual(10);
  expect(edits).toBeLessThan(most - 25);
  await desk.world.until(async () => slack.journal.calls("chat.update").length > edits, "the next edit");
});

test("a problem is one living message to the admins: open, then solved; one that comes back is a new one", async () => {
  const { dmitri } = desk;
  await say("CADMINS", { kind: "problem", key: "disk", state: "open", text: "The disk is nearly full." });
  const open = await dmitri.waitForMessage("admins", "Needs an admin: The disk is nearly full.");
  await say("CADMINS", { kind: "problem", key: "gpu 3", state: "open", text: "GPU 3 is gone." });
  await say("CADMINS", { kind: "problem", key: "disk", state: "solved", text: "The disk has room again." });
  const solved = await dmitri.waitForMessage("admins", "Solved: The disk has room again.");
  expect(solved.ts).toBe(open.ts);
  await dmitri.waitForMessage("admins", "GPU 3 is gone.");
  // An edited message notifies nobody.
  await say("CADMINS", {
    kind: "problem",
    key: "disk",
    state: "open",
    text: "The disk is nearly full again.",
  });
  const again = await dmitri.waitForMessage("admins", "Needs an admin: The disk is nearly full again.");
  expect(again.ts).not.toBe(open.ts);
  await say("CADMINS", {
    kind: "problem",
    key: "disk",
    state: "solved",
    text: "The disk has room once more.",
  });
  expect((await dmitri.waitForMessage("admins", "Solved: The disk has room once more.")).ts).toBe(again.ts);
});

test("what is told of a person or a container that is no more says nothing, and stops nothing", async () => {
  await say("UANA", { kind: "card", containerId: 987654 });
  await say("UANA", { kind: "welcome", memberId: 987654 });
  const ana = await desk.world.ledger.read((tx) => memberByHandle(tx, "ana"));
  await say("CADMINS", { kind: "enrolment", memberId: ana?.id ?? 0 });
  await notes("UANA", ["after that"]);
  await desk.ana.waitForMessage("dm", "after that");
  expect(said()).toEqual(["after that"]);
  await allSent();
});

test("a sentence's instants are the reader's own times, and its markup is what it is", async () => {
  await notes("UANA", ["*Kept* until ⟦1795460400⟧ <!channel> & `more`"]);
  const message = await desk.ana.waitForMessage("dm", "Kept");
  expect(message.text).toContain("<!date^1795460400^{date_short_pretty} {time}|2026-11-23 19:00 UTC>");
  expect(message.text).toContain("&lt;!channel&gt; &amp;");
  expect(JSON.stringify(message.blocks)).toContain('{"type":"date","timestamp":1795460400');
  expect(wordsIn(message.blocks)).toContain("<!channel> & `more`");
});
