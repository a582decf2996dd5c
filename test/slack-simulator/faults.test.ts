import type { App } from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { handClock } from "../../src/demo/slack/clock.ts";
import type { SlackSimulator } from "../../src/demo/slack/simulator.ts";
import { ana, ben, gpu, startApp, startLab } from "./lab.ts";

let slack: SlackSimulator;
let app: App;
const commands: string[] = [];
const openings: string[] = [];

beforeEach(async () => {
  commands.length = 0;
  openings.length = 0;
  slack = await startLab();
  app = await startApp(slack, (bolt) => {
    bolt.command("/gpu-status", async ({ ack, command }) => {
      commands.push(command.trigger_id);
      await ack("4 GPUs are free");
    });
    bolt.event("app_home_opened", async ({ body }) => void openings.push(body.event_id));
  });
});

afterEach(async () => {
  await app.stop();
  await slack.close();
});

const message = { channel: gpu, text: "hello" };

test("a 429 is waited out by the WebClient, by Retry-After", async () => {
  slack.faults.next("chat.postMessage", { retryAfterSeconds: 1 });
  await app.client.chat.postMessage(message);
  const calls = slack.journal.calls("chat.postMessage");
  expect(calls.map((c) => c.status)).toEqual([429, 200]);
  expect((calls[1]?.atMs ?? 0) - (calls[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
  expect(slack.as(ana).messages("gpu")).toHaveLength(1);
});

test("HTTP 500, a named error, a slow answer and a cut connection strike as often as asked, then it works again", async () => {
  const client = new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    timeout: 1_000,
  });
  slack.faults.next("chat.postMessage", { status: 500 });
  slack.faults.next("chat.postMessage", { error: "internal_error", when: (args) => args.channel === gpu });
  slack.faults.next("*", { cut: true });
  slack.faults.next("chat.postMessage", { delayMs: 100 });
  await expect(client.chat.postMessage(message)).rejects.toMatchObject({ statusCode: 500 });
  await expect(client.chat.postMessage(message)).rejects.toMatchObject({ data: { error: "internal_error" } });
  await expect(client.chat.postMessage(message)).rejects.toThrow("fetch failed");
  expect(slack.as(ana).messages("gpu")).toEqual([]);
  await client.chat.postMessage(message);
  expect(slack.as(ana).messages("gpu")).toHaveLength(1);
});

test("an answer that is lost after the effect makes a retry post twice", async () => {
  slack.faults.next("chat.postMessage", { cut: true, afterEffect: true });
  await app.client.chat.postMessage(message);
  expect(slack.as(ana).messages("gpu")).toHaveLength(2);
});

test("a command delivered twice has one envelope id and one trigger", async () => {
  slack.faults.deliverTwice(1);
  await slack.as(ana).type("/gpu-status", { channel: "gpu" });
  await slack.waitFor(() => commands.length === 2, 5_000, "both deliveries");
  expect(new Set(commands).size).toBe(1);
  expect(slack.as(ana).messages("gpu")).toHaveLength(1);
  slack.faults.redeliverLast();
  await slack.waitFor(() => commands.length === 3, 5_000, "the redelivery");
  const ids = slack.journal.deliveries("slash_commands").map((d) => d.envelopeId);
  expect(new Set(ids).size).toBe(1);
});

test("Slack's refresh and a dropped socket: the app comes back and hears again, and nothing is unhandled", async () => {
  for (const disturb of [() => slack.faults.refreshSockets(), () => slack.faults.dropSockets()]) {
    disturb();
    await slack.waitFor(() => !slack.isAppConnected(), 5_000, "the socket to go");
    await slack.waitFor(() => slack.isAppConnected(), 15_000, "the socket to come back");
    expect(await slack.as(ana).type("/gpu-status", { channel: "gpu" })).toEqual({ ok: true });
  }
  expect(slack.journal.calls("apps.connections.open").length).toBe(3);
}, 40_000);

test("an event that found nobody is told again after the app came back", async () => {
  await app.stop();
  await slack.close();
  const clock = handClock();
  slack = await startLab({ clock });
  await slack.as(ana).openHome();
  await slack.waitFor(() => slack.journal.deliveries("events_api").length === 1);
  clock.advance(1);
  await slack.waitFor(
    () => slack.journal.deliveries("events_api").length === 2,
    5_000,
    "the first retry, at once",
  );
  app = await startApp(slack, (bolt) => {
    bolt.event(
      "app_home_opened",
      async ({ body, context }) => void openings.push(`${body.event_id} ${context.retryNum}`),
    );
  });
  clock.advance(60_000);
  await slack.waitFor(() => openings.length === 1, 5_000, "the second retry");
  const [first] = slack.journal.deliveries("events_api");
  expect(openings).toEqual([`${first?.payload.event_id} 2`]);
});

test("a socket ticket lets one socket in", async () => {
  const { url } = await new WebClient(slack.appToken, { slackApiUrl: slack.apiUrl }).apps.connections.open(
    {},
  );
  const opened = (address: string) =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(address);
      socket.addEventListener("message", () => {
        socket.close();
        resolve(true);
      });
      socket.addEventListener("error", () => resolve(false));
    });
  expect(await opened(url ?? "")).toBe(true);
  expect(await opened(url ?? "")).toBe(false);
});

test("while Slack is away everything is refused, and people are told so", async () => {
  const client = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });
  slack.faults.away(true);
  await expect(client.chat.postMessage(message)).rejects.toThrow("fetch failed");
  const typed = await fetch(`${slack.url}/person/${ben}/type`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ channel: gpu, text: "/gpu-status" }),
  });
  expect(await typed.json()).toMatchObject({ ok: false, error: "slack_away" });
  slack.faults.away(false);
  await client.chat.postMessage(message);
  await slack.waitFor(() => slack.isAppConnected(), 20_000, "the app to reconnect");
  expect(await slack.as(ana).type("/gpu-status", { channel: "gpu" })).toEqual({ ok: true });
}, 30_000);

test("a payload Slack would never make reaches the app as it is", async () => {
  await slack.as(ana).type("/gpu-status", { channel: "gpu" });
  const [real] = slack.journal.deliveries("slash_commands");
  await slack.deliver("slash_commands", { ...real?.payload, trigger_id: "forged" });
  expect(commands.at(-1)).toBe("forged");
});
