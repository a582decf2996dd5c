import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { authorizedKeysFile, places } from "../../src/access/places.ts";
import { deploy } from "../../src/containers/deploy.ts";
import { stop } from "../../src/containers/stop.ts";
import { backInSlack } from "../../src/ends/back-in-slack.ts";
import { leftSlack } from "../../src/ends/left-slack.ts";
import { stopByAdmin } from "../../src/ends/stop-by-admin.ts";
import { notices } from "../../src/ledger/end-tables.ts";
import { events } from "../../src/ledger/event-table.ts";
import { armedEnds } from "../../src/ledger/queries/ends.ts";
import { memberById } from "../../src/ledger/queries/members.ts";
import { publishAllKeys, publishKeys } from "../../src/members/keys.ts";
import { sentences, settled, told } from "../containers/steps.ts";
import { type EndsLab, endsLab } from "./lab.ts";

/** product.md's row “member left Slack”, in days that pass in seconds; who hears of it over the wire is in test/slack. */

let lab: EndsLab;
beforeAll(async () => {
  lab = await endsLab({
    policy:
      "enrol: open\ndefaults: { max_containers: 50, max_waiting: 50, memory_gib: 1, cpus: 1, max_runtime_h: 72 }\ngroups: { student: { max_gpu_equivalents: 1 } }",
  });
  await publishKeys(lab.world, lab.ana.id);
});
afterAll(() => lab?.end());
beforeEach(async () => {
  // Each test begins with her there.
  await backInSlack(lab.world, { slackUserId: "UANA", knownBy: "asked" });
});

const leaves = () => leftSlack(lab.world, { slackUserId: "UANA", knownBy: "daily-look" });
const comesBack = () => backInSlack(lab.world, { slackUserId: "UANA", knownBy: "event" });
const hour = 60;

const keysFile = () =>
  readFile(join(places(lab.world.settings.stateDir).keysOf(lab.ana.id), authorizedKeysFile), "utf8");
const armed = async (id: number) =>
  (await lab.world.ledger.read((tx) => armedEnds(tx, id))).map(({ reason }) => reason);
const recipients = async (id: number) => {
  const ends = new Set((await lab.world.ledger.read((tx) => armedEnds(tx, id))).map((end) => end.id));
  const rows = await lab.world.ledger.read((tx) => tx.select().from(notices).orderBy(notices.id));
  return rows.filter(({ endId }) => ends.has(endId)).map(({ recipient }) => recipient);
};
const ofMember = async (what: string) =>
  (await lab.world.ledger.read((tx) => tx.select().from(events).orderBy(events.id))).filter(
    (event) => event.what === what,
  );

test("what runs ends in a day, told to the admins' channel; her keys are out at once and nothing is said to her", async () => {
  const id = await lab.running(48);
  expect(await keysFile()).toContain("ssh-ed25519");
  const before = (await told(lab.world, "UANA")).length;
  await leaves();
  expect(await keysFile()).toBe("");
  expect(await lab.minutesLeft(id)).toBe(24 * hour);
  expect(await armed(id)).toEqual(["admin", "end"]);
  const [note] = (await sentences(lab.world, "CADMINS")).slice(-1);
  expect(note).toBe(
    "ana left Slack: the account is deactivated there. Nobody gets in with their keys any more.",
  );
  // Said again by Slack it is no news.
  await leaves();
  expect((await sentences(lab.world, "CADMINS")).filter((text) => text === note)).toHaveLength(1);
  lab.passes(23 * hour);
  await lab.untilTold(id, ["first 1 accepted"]);
  expect(await recipients(id)).toEqual(["CADMINS"]);
  lab.passes(45);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  expect((await lab.row(id)).wanted).toBe("running");
  lab.passes(16);
  await settled(lab.world, id, "stopped");
  expect(await lab.ends(id)).toEqual(["end cancelled", "admin done"]);
  expect((await told(lab.world, "UANA")).length).toBe(before);
  expect((await ofMember("member-left")).at(-1)).toMatchObject({
    memberId: lab.ana.id,
    evidence: { knownBy: "daily-look", state: "active" },
  });

  // Stopped, it is removed in its time, with the same receipt.
  await lab.world.until(async () => (await armed(id)).includes("remove"), "its removal");
  lab.passes(48 * hour + 1);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted", "first 1 accepted"]);
  expect(await recipients(id)).toEqual(["CADMINS"]);
  lab.passes(24 * hour - 15);
  await lab.world.until(async () => (await lab.told(id)).length === 4, "the last notice of its removal");
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted", "first 1 accepted", "last 1 accepted"]);
  lab.passes(16);
  await settled(lab.world, id, "retired");
});

test("what waits leaves the line, what starts is cleaned away", async () => {
  const { world, ana } = lab;
  // One is all that she may have at a time: the second waits.
  const wish = { kind: "gpu" as const, count: 1 };
  await lab.running(8, wish);
  const { container: waits } = await deploy(world, {
    by: ana,
    requestId: "waits",
    project: "waits",
    hours: 8,
    wish,
  });
  expect(waits.state).toBe("waiting");
  await world.stop();
  const { container: starts } = await deploy(world, {
    by: ana,
    requestId: "starts",
    project: "starts",
    hours: 8,
    wish: { kind: "cpu" },
  });
  expect(starts.state).toBe("starting");
  await leaves();
  expect(await lab.row(waits.id)).toMatchObject({
    state: "retired",
    outcome: expect.stringContaining("left Slack"),
  });
  expect(await lab.row(starts.id)).toMatchObject({ state: "starting", wanted: "retired" });
  lab.startAgain();
  await settled(world, starts.id, "retired");
});

test("back again she has all that she had: the end is called off, her keys open, and she is told of the others herself", async () => {
  const id = await lab.running(30);
  lab.passes(10 * hour);
  await leaves();
  lab.passes(19 * hour);
  // The hours are over before the day is: of these the admins were told.
  await lab.untilTold(id, ["first 1 accepted"]);
  expect(await armed(id)).toEqual(["end", "admin"]);
  await comesBack();
  expect(await armed(id)).toEqual(["end"]);
  expect(await keysFile()).toContain("ssh-ed25519");
  expect(await lab.world.ledger.read((tx) => memberById(tx, lab.ana.id))).toMatchObject({
    state: "active",
    goneSince: null,
    handle: "ana",
  });
  expect((await sentences(lab.world, "UANA")).at(-1)).toMatch(/^Welcome back\./);
  expect(
    (await told(lab.world, "UANA")).some((news) => news.kind === "card" && news.containerId === id),
  ).toBe(true);
  // What the admins were told counts for nothing now.
  await lab.untilTold(id, ["first 1 accepted", "first 1 accepted"]);
  expect(await recipients(id)).toEqual(["UANA"]);
  expect((await lab.happened(id, "end-cancelled")).at(-1)).toMatchObject({
    because: "ana is back in Slack.",
  });
});

test("what she was told in her last hour the admins are told anew, unless there is no time and it had arrived", async () => {
  const early = await lab.running(8);
  lab.passes(7 * hour + 10);
  await lab.untilTold(early, ["first 1 accepted"]);
  await leaves();
  await lab.untilTold(early, ["first 1 accepted", "first 1 accepted"]);
  expect(await recipients(early)).toEqual(["CADMINS"]);
  await comesBack();

  const late = await lab.running(8);
  const at = (await lab.row(late)).endsAt;
  lab.passes(8 * hour - 14);
  await lab.untilTold(late, ["last 1 accepted"]);
  await leaves();
  expect(await lab.told(late)).toEqual(["last 1 accepted"]);
  expect((await lab.row(late)).endsAt).toEqual(at);
  lab.passes(16);
  await settled(lab.world, late, "stopped");
});

test("an admin who ends it sooner has it so, and one who gives it longer too", async () => {
  const [sooner, longer] = [await lab.running(40), await lab.running(40)];
  const by = { actor: "cli:dmitri", name: "dmitri" };
  const project = async (id: number) => (await lab.row(id)).name.split("._.")[0]!;
  const inHours = (hours: number) => new Date(lab.clock.now().getTime() + hours * hour * 60_000);
  const end = async (id: number, at: Date) =>
    stopByAdmin(lab.world, { by, handle: "ana", project: await project(id), at, reason: "for the move" });
  await end(sooner, inHours(5));
  await end(longer, inHours(36));
  await leaves();
  expect(await lab.minutesLeft(sooner)).toBe(5 * hour);
  expect(await lab.minutesLeft(longer)).toBe(24 * hour);
  await end(longer, inHours(30));
  expect(await lab.minutesLeft(longer)).toBe(30 * hour);
  await comesBack();
  expect(await lab.minutesLeft(sooner)).toBe(5 * hour);
  // It was the admin's own word by then.
  expect(await lab.minutesLeft(longer)).toBe(30 * hour);
  await leaves();
  expect(await lab.minutesLeft(longer)).toBe(24 * hour);
  await comesBack();
  expect(await lab.minutesLeft(longer)).toBe(30 * hour);
});

test("a bot that starts writes no keys of one who is gone; stopped by her before, it is removed all the same", async () => {
  const id = await lab.running(8);
  await stop(lab.world, { by: lab.ana, which: { containerId: id } });
  await settled(lab.world, id, "stopped");
  await leaves();
  await publishAllKeys(lab.world);
  expect(await keysFile()).toBe("");
  await lab.world.until(async () => (await armed(id)).includes("remove"), "its removal");
});
