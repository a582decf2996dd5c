import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { idleMarks } from "../../src/ledger/idle-tables.ts";
import { holdersShown } from "../../src/ledger/queries/leases.ts";
import { allNodes } from "../../src/ledger/queries/nodes.ts";
import { containers } from "../../src/ledger/schema.ts";
import { manifest } from "../../src/slack/manifest.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** The board of a channel: one pinned message that is true. */

let desk: FrontDesk | undefined;
afterEach(async () => {
  await desk?.end();
  desk = undefined;
});

type Options = NonNullable<Parameters<typeof openDesk>[0]>;

async function open(options: Options = {}) {
  const clock = jumpingClock();
  desk = await openDesk({
    ...options,
    world: { clock, ...options.world, settings: { boardChannel: "CGPU", ...options.world?.settings } },
  });
  return { ...desk, clock, desk };
}

const board = (words: string, where = desk!) =>
  where.ana.waitForMessage("CGPU", (message) => wordsIn(message.blocks).includes(words), 10_000);
const boards = () => desk!.ana.messages("CGPU").filter(({ text }) => text.includes("free."));
const edits = () =>
  desk!.slack.journal.calls("chat.update").filter(({ args }) => args.channel === "CGPU").length;
const asks = (method: string) => desk!.slack.journal.calls(method).length;
const toAdmins = () => desk!.dmitri.messages("CADMINS").filter(({ text }) => /board/i.test(text));
/** The keeper has looked that often, a look every half minute. */
async function looks(clock: ReturnType<typeof jumpingClock>, times: number) {
  for (let i = 0; i < times; i++) {
    clock.jump(31_000);
    await settle();
  }
}
/** What the jump set off is done: the keeper sleeps again. */
async function settle() {
  const { world } = desk!;
  for (let i = 0; i < 3; i++) await world.ledger.read((tx) => allNodes(tx));
  await new Promise((resolve) => setTimeout(resolve, 150));
}

test("it stands pinned in the channel, and is edited where it stands", async () => {
  const { ana, ben, clock } = await open();
  const first = await board("4 of 4 GPUs are free.");
  for (const part of [
    "GPU 3",
    "Free: ",
    "GB of memory and 800 GB of disk",
    "Nobody waits.",
    "New container",
    "Why?",
  ])
    expect(wordsIn(first.blocks)).toContain(part);
  await ben.waitForMessage("CGPU", (message) => message.ts === first.ts && message.pinned === true);
  await ana.type("/container-deploy vision --gpus 2");
  clock.jump(30_000);
  const next = await board("2 of 4 GPUs are free.");
  expect(next.ts).toBe(first.ts);
  expect(wordsIn(next.blocks)).toContain("*ana* (vision), since");
  expect(boards()).toHaveLength(1);
});

test("what is not seen when rounded is no edit", async () => {
  const { world, clock } = await open({ world: { watchEveryMs: 1_000 } });
  await board("4 of 4 GPUs are free.");
  const [device] = world.host.deviceIds();
  world.host.compute(device!, { user: "root", memoryMiB: 20_600 });
  await looks(clock, 3);
  await board("20 GB");
  const before = edits();
  world.host.compute(device!, { user: "root", memoryMiB: 100 });
  world.host.load(device!, 3);
  await looks(clock, 3);
  expect(edits() - before).toBeLessThanOrEqual(1);
});

test("one that was deleted is made again and pinned, also when nothing else happens", async () => {
  const { slack, clock, ana } = await open();
  const first = await board("4 of 4 GPUs are free.");
  await fetch(`${slack.apiUrl}chat.delete`, {
    method: "POST",
    headers: { authorization: `Bearer ${slack.botToken}` },
    body: new URLSearchParams({ channel: "CGPU", ts: first.ts }),
  });
  await looks(clock, 11);
  const again = await ana.waitForMessage(
    "CGPU",
    (message) => message.ts !== first.ts && message.pinned === true,
  );
  expect(wordsIn(again.blocks)).toContain("4 of 4 GPUs are free.");
  expect(boards()).toHaveLength(1);
});

test("a bot that starts again goes on with the board that is there", async () => {
  const { clock, desk: opened } = await open();
  const first = await board("4 of 4 GPUs are free.");
  const before = edits();
  await opened.restartRoom();
  await looks(clock, 2);
  expect(boards().map(({ ts }) => ts)).toEqual([first.ts]);
  expect(edits()).toBe(before);
});

test("not in the channel: admins are told once, and it comes when Berth is invited", async () => {
  const { ana, clock } = await open({
    slack: {
      channels: [
        { id: "CGPU", name: "gpu", hasApp: false },
        { id: "CADMINS", name: "admins" },
      ],
    },
  });
  await desk!.dmitri.waitForMessage("CADMINS", (message) => message.text.includes("Invite Berth there"));
  await looks(clock, 50);
  expect(toAdmins()).toHaveLength(1);
  expect(asks("chat.postMessage")).toBeLessThan(10);
  await ana.type("/invite @Berth", { channel: "CGPU" });
  clock.jump(10 * 60_000);
  await board("4 of 4 GPUs are free.");
  await desk!.dmitri.waitForMessage("CADMINS", (message) => message.text.includes("kept again"));
});

test("a pin that is refused is said once, and the board is kept all the same", async () => {
  desk = undefined;
  const clock = jumpingClock();
  const without = manifest();
  without.oauth_config.scopes.bot = without.oauth_config.scopes.bot.filter((scope) => scope !== "pins:write");
  await open({ slack: { manifest: without }, world: { clock } });
  await board("4 of 4 GPUs are free.");
  await desk!.dmitri.waitForMessage("CADMINS", (message) => message.text.includes("could not be pinned"));
  await desk!.ana.type("/container-deploy vision --gpus 1");
  clock.jump(31_000);
  await board("3 of 4 GPUs are free.");
  await looks(clock, 3);
  expect(toAdmins()).toHaveLength(1);
  expect(asks("pins.add")).toBe(1);
  expect(boards()).toHaveLength(1);
});

test("while Slack is away nothing is tried again and again, and then the board is true again", async () => {
  const { slack, world, clock, room } = await open();
  await board("4 of 4 GPUs are free.");
  slack.faults.away(true);
  await slack.waitFor(() => !slack.isAppConnected(), 20_000, "the app to be cut off");
  const before = slack.journal.calls().length;
  const by = await world.member("chloe", "researcher");
  await deploy(world, { by, requestId: randomUUID(), project: "nlp", wish: { kind: "gpu", count: 1 } });
  await looks(clock, 5);
  expect(slack.journal.calls("chat.update").length + slack.journal.calls().length - before).toBeLessThan(60);
  slack.faults.away(false);
  await world.until(async () => room.reach().connectedSince !== undefined, "Slack to be back");
  clock.jump(31_000);
  await board("3 of 4 GPUs are free.");
  expect(boards()).toHaveLength(1);
});

test("who does not use what they hold is shown as free on demand, where that is acted on", async () => {
  const { ana, world, clock } = await open({ world: { policy: "enrol: open\nidle_mode: stop" } });
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("ready"));
  const [container] = await world.ledger.read((tx) => tx.select().from(containers));
  const now = clock.now();
  await world.ledger.transaction((tx) =>
    tx.insert(idleMarks).values({
      containerId: container!.id,
      run: container!.run,
      since: new Date(now.getTime() - 3_600_000),
      markedAt: now,
      endsAt: new Date(now.getTime() + 3_600_000),
      evidence: { rule: "a minute is idle if nothing is active in it", unknownMinutes: 2 },
    }),
  );
  clock.jump(31_000);
  const shown = await board("free on demand");
  expect(wordsIn(shown.blocks)).not.toContain("idle");

  await ana.type("/berth why gpu 0");
  const own = await ana.waitForMessage(
    "dm",
    (message) => message.ephemeral && message.text.includes("idle since"),
  );
  expect(wordsIn(own.blocks)).toContain("unknown minutes: 2");
  expect(wordsIn(own.blocks)).toContain("the first in the line");
  await desk!.ben.type("/berth why gpu 0");
  const others = await desk!.ben.waitForMessage(
    "dm",
    (message) => message.ephemeral && message.text.includes("free on demand"),
  );
  expect(wordsIn(others.blocks)).toContain("*ana* (vision) has it since");
  for (const word of ["idle", "unknown minutes"]) expect(wordsIn(others.blocks)).not.toContain(word);

  await world.ledger.transaction((tx) =>
    tx.update(idleMarks).set({ endedAt: clock.now() }).where(eq(idleMarks.containerId, container!.id)),
  );
  clock.jump(31_000);
  await board("3 of 4 GPUs are free.");
  await world.until(async () => !wordsIn(boards()[0]?.blocks).includes("on demand"), "the mark to be gone");
});

test("its buttons: wait for one when nothing is free, a new container, and why it is as it is", async () => {
  const { ana, ben, clock } = await open({ world: { gpus: 1, policy: "enrol: open\nboard_names: none" } });
  await board("The only GPU is free.");
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("ready"));
  clock.jump(31_000);
  const full = await board("The only GPU is not free at the moment.");
  expect(wordsIn(full.blocks)).toContain("in use, since");
  expect(wordsIn(full.blocks)).not.toContain("ana");
  await ben.click(full, "Why?");
  const why = await ben.waitForModal((modal) => wordsIn(modal.blocks).includes("has it since"));
  expect(wordsIn(why.blocks)).toContain("Somebody has it since");
  expect(wordsIn(why.blocks)).not.toContain("ana");
  await ben.close({ all: true });
  await ben.click(full, "Wait for one");
  await ben.waitForModal((modal) => modal.submit !== undefined);
});

test("/berth why of a GPU that is not there, and of one that nobody has", async () => {
  const { ben } = await open();
  await ben.type("/berth why gpu 9");
  await ben.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("has no GPU 9"));
  await ben.type("/berth why gpu 1");
  await ben.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("Nobody has it."));
  await ben.type("/berth why gpu2");
  await ben.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("GPU 2"));
  await ben.type("/berth why gpu");
  await ben.waitForMessage("dm", (message) =>
    wordsIn(message.blocks).includes("There never was a container called"),
  );
});

test("64 GPUs that are all used, each time otherwise: an edit each half minute, and one that Slack takes", {
  timeout: 120_000,
}, async () => {
  const policy =
    "enrol: open\ndefaults: { memory_gib: 4, max_gpu_equivalents: 32, max_gpus_per_container: 8, max_containers: 8 }\ngroups: { student: {}, admin: {} }";
  const { world, clock, slack, ...people } = await open({
    world: { gpus: 64, policy, watchEveryMs: 1_000 },
  });
  for (const [who, ...projects] of [
    ["ana", "vision", "depth", "flow"],
    ["ben", "speech", "nlp", "ocr"],
    ["dmitri", "bench", "probe"],
  ] as const) {
    for (const project of projects) await people[who].type(`/container-deploy ${project} --gpus 8`);
    for (const project of projects)
      await people[who].waitForMessage(
        "dm",
        (message) => message.text.includes(`*${project}* is ready`),
        20_000,
      );
  }
  clock.jump(31_000);
  await board("0 of 64 GPUs are free.");
  await settle();

  const engineIds = new Map(
    (await world.ledger.read((tx) => tx.select().from(containers))).map(({ id, engineId }) => [id, engineId]),
  );
  const held = (await world.ledger.read((tx) => holdersShown(tx))).map(({ deviceId, containerId }) => ({
    deviceId,
    containerId: engineIds.get(containerId)!,
  }));
  expect(held).toHaveLength(64);
  const before = edits();
  const changes = 12;
  let working: number[] = [];
  for (let n = 0; n < changes; n++) {
    for (const pid of working) world.host.end(pid);
    working = held.map(({ deviceId, containerId }, i) => {
      world.host.load(deviceId, ((i + n) * 37) % 101);
      return world.host.compute(deviceId, { containerId, memoryMiB: 1024 * (1 + ((i + n * 7) % 38)) });
    });
    clock.jump(10_000);
    await settle();
  }
  const made = edits() - before;
  expect(made).toBeGreaterThanOrEqual(3);
  expect(made).toBeLessThanOrEqual((changes * 10) / 30 + 1);

  const shown = wordsIn(boards()[0]?.blocks);
  for (const words of ["GPU 63", "*ana* (vision), until", "*dmitri* (probe)", "▰▰▰▰▱"])
    expect(shown).toContain(words);
  const refused = slack.journal.calls("chat.update").filter(({ answer }) => answer.ok !== true);
  expect(refused).toEqual([]);
  expect(boards()).toHaveLength(1);
  expect(toAdmins()).toEqual([]);
});
