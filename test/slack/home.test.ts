import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { armEnd, moveEnd } from "../../src/containers/armed-ends.ts";
import { deploy } from "../../src/containers/deploy.ts";
import { newestOfProject } from "../../src/ledger/queries/containers.ts";
import { armedEnd } from "../../src/ledger/queries/ends.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { allNodes } from "../../src/ledger/queries/nodes.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrYPx0Kmb3/2C7n8kKCrV3BqzYoMYSwBE1sG1pZb4mR ana@laptop";

/** App Home: what is one's own and what is free, true while it stands open. */

let desk: FrontDesk | undefined;
afterEach(async () => {
  await desk?.end();
  desk = undefined;
});

async function open(options: NonNullable<Parameters<typeof openDesk>[0]> = {}) {
  const clock = jumpingClock();
  desk = await openDesk({ ...options, world: { clock, ...options.world } });
  return { ...desk, clock, desk };
}

type Who = "ana" | "ben" | "dmitri";
const homeSays = (who: Who, ...words: string[]) =>
  desk![who].waitForHome((home) => words.every((one) => wordsIn(home.blocks).includes(one)), 15_000);
const published = (who: Who) =>
  desk!.slack.journal.calls("views.publish").filter(({ args }) => args.user_id === `U${who.toUpperCase()}`)
    .length;
async function ready(who: Who) {
  await desk![who].waitForMessage("dm", (message) => wordsIn(message.blocks).includes("ready"), 15_000);
}

test("my containers with the buttons of their state, and it follows whatever is done there", async () => {
  const { ana } = await open();
  await ana.openHome();
  await homeSays("ana", "None yet.", "4 of 4 GPUs are free.", "Nobody waits.", "My limits");
  await ana.click("home", "New container");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  await ana.close({ all: true });

  await ana.type("/container-deploy vision --gpus 1");
  const runs = await homeSays("ana", "*vision*  ·  running on GPU 0", "3 of 4 GPUs are free.");
  for (const label of ["Open", "SSH config", "Extend 4 h", "Stats", "Stop", "Retire", "Why?"])
    expect(wordsIn(runs.blocks)).toContain(label);
  for (const label of ["Keep", "Resume", "Wait for one"]) expect(wordsIn(runs.blocks)).not.toContain(label);

  await ana.click("home", "Stats");
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("0 of 16 cores"), 15_000);
  await ana.close({ all: true });
  await ana.click("home", "Why?");
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("SSH answers"));
  await ana.close({ all: true });
  await ana.click("home", "Stop", { confirmed: true });
  const stopped = await homeSays("ana", "stopped; GPU 0", "kept until");
  for (const label of ["Resume", "Free it now", "Retire"]) expect(wordsIn(stopped.blocks)).toContain(label);
  for (const label of ["Stats", "Extend", "Keep files"]) expect(wordsIn(stopped.blocks)).not.toContain(label);
  await ana.close({ all: true });
  await ana.click("home", "Resume");
  await homeSays("ana", "running on GPU 0");
});

test("it follows what the bot does: an end that moved, and one that is for idleness", async () => {
  const { ana, world, clock } = await open();
  await ana.openHome();
  await ana.type("/container-deploy vision --gpus 1 --hours 2");
  const before = await homeSays("ana", "running on GPU 0");
  const [, said] = /ends (<!date\^\d+)/.exec(wordsIn(before.blocks)) ?? [];
  const container = await world.ledger.read(async (tx) =>
    newestOfProject(tx, (await memberByHandle(tx, "ana"))!.id, "vision"),
  );
  await world.ledger.transaction(async (tx) => {
    const end = (await armedEnd(tx, container!.id, "end"))!;
    const at = new Date(end.at.getTime() + 3_600_000);
    await moveEnd(tx, world, end, { at, because: end.because, evidence: { rule: "a test" }, actor: "berth" });
  });
  await ana.waitForHome((home) => !wordsIn(home.blocks).includes(said!), 15_000);

  await world.ledger.transaction(async (tx) => {
    const at = new Date(clock.now().getTime() + 3_600_000);
    const why = { because: "It did nothing since a while.", evidence: { rule: "a test" }, actor: "berth" };
    await armEnd(tx, world, container!, { reason: "idle", at, ...why });
  });
  const idle = await homeSays("ana", "It did nothing since a while.", "Keep 2 h");
  expect(wordsIn(idle.blocks)).not.toContain("Extend");
  await ana.click("home", "Keep 2 h");
  const kept = await homeSays("ana", "Extend 4 h");
  expect(wordsIn(kept.blocks)).not.toContain("Keep 2 h");
});

test("what others do is seen there too: what is free, and one's place in the line; only where it was opened", async () => {
  const { ana, ben, world, clock } = await open({ world: { gpus: 2 } });
  await ana.openHome();
  await homeSays("ana", "2 of 2 GPUs are free.", "`GPU 0`  `GPU 1`");
  await ben.type("/container-deploy speech --gpus 2");
  await ready("ben");
  clock.jump(6_000);
  const full = await homeSays("ana", "0 of 2 GPUs are free.", "Nobody waits.");
  for (const label of ["Wait for one", "New container"]) expect(wordsIn(full.blocks)).toContain(label);
  await ana.click("home", "Wait for one");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  await ana.close({ all: true });

  await deploy(world, {
    by: await world.member("chloe", "researcher"),
    requestId: randomUUID(),
    project: "nlp",
    wish: { kind: "gpu", count: 1 },
  });
  await ana.type("/container-deploy vision --gpus 1");
  const waits = await homeSays("ana", "waiting for 1 GPU for 8 h, 2nd in the line", "*Starts* between");
  for (const words of ["2 requests in the line, 1 of them yours.", "Leave the line", "My place in the line"])
    expect(wordsIn(waits.blocks)).toContain(words);
  expect(published("ben")).toBe(0);

  await ben.click(
    await ben.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("*speech*  ·  ready")),
    "Retire",
    { confirmed: true },
  );
  await homeSays("ana", "*vision*  ·  running on GPU 1", "Nobody waits.");
});

test("a change of one's own that no message tells of is seen there too, typed or by a form", async () => {
  const { ana } = await open();
  await ana.openHome();
  await homeSays("ana", "None yet.");
  await ana.type("/ssh-key remove 1");
  await homeSays("ana", "One thing is missing: your public SSH key");
  await ana.click("home", "Add an SSH key");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  await ana.submit({ key: publicKey });
  await ana.waitForHome((home) => !wordsIn(home.blocks).includes("One thing is missing"), 15_000);
});

test("what looks the same is not published again", async () => {
  const { ana, world, clock } = await open();
  await ana.openHome();
  await homeSays("ana", "None yet.");
  const before = published("ana");
  const news = (n: number) =>
    world.ledger.transaction((tx) => tell(tx, "UBEN", { kind: "note", text: `Note ${n}.` }, clock.now()));
  for (let n = 0; n < 5; n++) {
    await news(n);
    await desk!.ben.waitForMessage("dm", `Note ${n}.`);
    clock.jump(6_000);
    for (let i = 0; i < 3; i++) await world.ledger.read((tx) => allNodes(tx));
  }
  await ana.openHome();
  clock.jump(6 * 60_000);
  await world.ledger.read((tx) => allNodes(tx));
  expect(published("ana")).toBe(before);
});
