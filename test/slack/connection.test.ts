import { afterEach, expect, test } from "vitest";
import { type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";
import { slackFacts } from "../../src/slack/facts.ts";
import { manifest } from "../../src/slack/manifest.ts";
import type { SlackSettings } from "../../src/slack/settings.ts";
import { startSlackRoom } from "../../src/slack/start.ts";
import { freshDatabase, silent } from "../support/database.ts";
import { memoryWorld } from "../support/memory-world.ts";
import { type FrontDesk, openDesk } from "./front-desk.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function socketDesk(): Promise<FrontDesk> {
  const desk = await openDesk();
  ends.push(desk.end);
  return desk;
}

test("Slack's refresh and a dropped socket: the desk is back by itself, and answers", async () => {
  const { slack, ana } = await socketDesk();
  for (const disturb of [
    () => slack.faults.refreshSockets(),
    () => slack.faults.dropSockets(),
    () => slack.faults.refreshSockets("warning"),
  ]) {
    const opened = slack.journal.calls("apps.connections.open").length;
    disturb();
    await slack.waitFor(
      () => slack.journal.calls("apps.connections.open").length > opened && slack.isAppConnected(),
      10_000,
      "a new socket",
    );
    const answers = ana.messages("gpu").length;
    await ana.type("/gpu-status", { channel: "gpu" });
    await slack.waitFor(() => ana.messages("gpu").length > answers, 10_000, "an answer");
  }
});

test("Slack that does not give a socket, or errors for a while, does not end the process", async () => {
  const { slack, ana, room, world } = await socketDesk();
  slack.faults.next("apps.connections.open", { status: 500 });
  slack.faults.next("apps.connections.open", { error: "internal_error" });
  slack.faults.next("apps.connections.open", { cut: true });
  slack.faults.dropSockets();
  await world.until(async () => room.reach().connectedSince === undefined, "the loss to be seen");
  await world.until(async () => room.reach().connectedSince, "the connection to be back");
  await ana.type("/limits");
  await ana.waitForMessage("dm", "You hold 0");
});

async function emptyWorld() {
  const database = await freshDatabase();
  ends.push(database.drop);
  const world = await memoryWorld(database.url);
  ends.push(world.end);
  return world;
}

async function simulator(): Promise<SlackSimulator> {
  const slack = await startSlack({ manifest: manifest(), users: [{ id: "UANA", name: "ana" }] });
  ends.push(slack.close);
  return slack;
}

const settingsFor = (slack: SlackSimulator, wrong: { bot?: string; app?: string } = {}): SlackSettings => ({
  botToken: wrong.bot ?? slack.botToken,
  delivery: { kind: "socket", appToken: wrong.app ?? slack.appToken },
  apiUrl: slack.apiUrl,
  commandPrefix: "",
});

test("a wrong token is said at start, by name and never by value", async () => {
  const [world, slack] = [await emptyWorld(), await simulator()];
  await expect(startSlackRoom(world, settingsFor(slack, { bot: "sim-wrong" }))).rejects.toThrow(
    /bot token \(invalid_auth\).*SLACK_BOT_TOKEN/,
  );
  await expect(startSlackRoom(world, settingsFor(slack, { app: "sim-wrong" }))).rejects.toThrow(
    /app token \(.*\).*SLACK_APP_TOKEN/,
  );
  expect(slack.isAppConnected()).toBe(false);
});

test("started while Slack is away, it is there when Slack is", async () => {
  const [world, slack] = [await emptyWorld(), await simulator()];
  slack.faults.away(true);
  const room = await startSlackRoom(world, settingsFor(slack));
  ends.push(room.stop);
  expect(room.reach().connectedSince).toBeUndefined();
  slack.faults.away(false);
  await world.until(async () => room.reach().connectedSince, "the connection");
  await slack.as("UANA").type("/gpu-status");
  await slack.as("UANA").waitForMessage("dm", "Nobody waits.");
});

test("plain http to another machine is refused: the tokens could be read on the way", async () => {
  const world = await emptyWorld();
  const slack = await simulator();
  await expect(
    startSlackRoom(world, { ...settingsFor(slack), apiUrl: "http://slack.example.org/api/" }),
  ).rejects.toThrow(/Use https/);
});

test("facts for the doctor: who we are, which scopes are missing, whether there would be a socket", async () => {
  const slack = await simulator();
  expect(await slackFacts(settingsFor(slack), silent)).toMatchObject({
    bot: { ok: true, teamId: slack.teamId },
    missingScopes: [],
    socket: { ok: true },
  });
  expect(await slackFacts(settingsFor(slack, { bot: "sim-wrong", app: "sim-wrong" }), silent)).toMatchObject({
    bot: { ok: false, error: "invalid_auth" },
    missingScopes: undefined,
    socket: { ok: false },
  });
  const poor = manifest();
  poor.oauth_config.scopes.bot = ["commands", "chat:write", "users:read"];
  const bare = await startSlack({ manifest: poor, users: [] });
  ends.push(bare.close);
  expect((await slackFacts(settingsFor(bare), silent)).missingScopes).toEqual([
    "pins:write",
    "files:read",
    "files:write",
  ]);
});
