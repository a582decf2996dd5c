import type { App } from "@slack/bolt";
import { afterEach, expect, test } from "vitest";
import type { SlackSimulator } from "../../src/demo/slack/simulator.ts";
import { ana, ben, gpu, plain, section, startApp, startLab } from "./lab.ts";

let slack: SlackSimulator;
let app: App | undefined;

afterEach(async () => {
  await app?.stop();
  app = undefined;
  await slack.close();
});

test("a command is acknowledged and answered by its response_url, seen by the one who typed it", async () => {
  slack = await startLab();
  app = await startApp(slack, (bolt) => {
    bolt.command("/container-deploy", async ({ ack, respond, command }) => {
      await ack();
      await respond({
        text: `You asked for ${command.text}`,
        blocks: [section(`You asked for *${command.text}*`)],
      });
    });
  });
  const outcome = await slack.as(ana).type("/container-deploy vision --gpus 2 <b> & co", { channel: "gpu" });
  expect(outcome).toEqual({ ok: true });
  const answer = await slack.as(ana).waitForMessage("gpu", "You asked for");
  expect(answer).toMatchObject({ ephemeral: true, text: "You asked for vision --gpus 2 <b> & co" });
  expect(slack.as(ben).messages("gpu")).toEqual([]);
  const [delivery] = slack.journal.deliveries("slash_commands");
  expect(delivery?.payload).toMatchObject({
    command: "/container-deploy",
    text: "vision --gpus 2 <b> & co",
    user_id: ana,
    user_name: "ana",
    channel_id: gpu,
    channel_name: "gpu",
    team_id: slack.teamId,
    is_enterprise_install: "false",
  });
  expect(slack.complaints()).toEqual([]);
});

test("an acknowledgement may be the answer", async () => {
  slack = await startLab();
  app = await startApp(slack, (bolt) => {
    bolt.command("/gpu-status", async ({ ack, command }) => {
      await ack({ response_type: "in_channel", text: `Asked with ${command.text}` });
    });
  });
  await slack.as(ana).type("/gpu-status @ben in #gpu", { channel: "gpu" });
  expect(slack.as(ben).messages("gpu")[0]).toMatchObject({
    ephemeral: false,
    text: "Asked with <@U0BEN|ben> in <#C0GPU|gpu>",
  });
});

test("an app that does not acknowledge within 3 s is shown as a timeout, and its late word is complained about", async () => {
  slack = await startLab({ ackMs: 200 });
  app = await startApp(slack, (bolt) => {
    bolt.command("/gpu-status", async ({ ack }) => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      await ack("too late");
    });
  });
  const outcome = await slack.as(ana).type("/gpu-status", { channel: "gpu" });
  const message = '/gpu-status failed with the error "operation_timeout"';
  expect(outcome).toEqual({ ok: false, error: "operation_timeout", message });
  expect(slack.as(ana).messages("gpu")).toMatchObject([
    { text: message, ephemeral: true, user: "USLACKBOT" },
  ]);
  await slack.waitFor(
    () => slack.complaints().some((c) => c.includes("acknowledged")),
    5_000,
    "the complaint",
  );
  expect(slack.as(ana).messages("gpu")).toHaveLength(1);
});

test("without an app a command fails with dispatch_failed, and an unknown one never leaves Slack", async () => {
  slack = await startLab();
  expect(await slack.as(ana).type("/gpu-status", { channel: "gpu" })).toMatchObject({
    error: "dispatch_failed",
  });
  expect(await slack.as(ana).type("/gpu-statsu", { channel: "gpu" })).toMatchObject({
    error: "unknown_command",
  });
  expect(slack.journal.deliveries()).toHaveLength(1);
});

test("a button in a DM: the click carries all that Bolt needs, and the message is edited in place", async () => {
  slack = await startLab();
  const bodies: unknown[] = [];
  app = await startApp(slack, (bolt) => {
    bolt.action("stop", async ({ ack, body, client }) => {
      await ack();
      bodies.push(body);
      if (body.type !== "block_actions" || !body.channel || !body.message)
        throw new Error("not in a message");
      await client.chat.update({
        channel: body.channel.id,
        ts: body.message.ts,
        text: "Stopped",
        blocks: [section("Stopped")],
      });
    });
  });
  const posted = await app.client.chat.postMessage({
    channel: ana,
    text: "vision runs",
    blocks: [
      section("vision runs"),
      {
        type: "actions",
        block_id: "card",
        elements: [
          {
            type: "button",
            action_id: "stop",
            text: plain("Stop"),
            value: "c1",
            style: "danger",
            confirm: { text: plain("Stop vision? Its files stay.") },
          },
        ],
      },
    ],
  });
  expect(posted.channel).toBe("D0ANA");
  const person = slack.as(ana);
  const [card] = person.messages("dm");
  if (!card) throw new Error("no card");
  expect(person.confirmText(card, "Stop")).toBe("Stop vision? Its files stay.");
  expect(await person.click(card, "stop")).toMatchObject({ ok: false, error: "confirm_needed" });
  expect(await person.click(card, "stop", { confirmed: true })).toEqual({ ok: true });
  const edited = await person.waitForMessage("dm", "Stopped");
  expect(edited).toMatchObject({ ts: card.ts, edited: { ts: expect.any(String) } });
  expect(bodies).toMatchObject([
    {
      type: "block_actions",
      team: { id: slack.teamId },
      user: { id: ana, username: "ana", team_id: slack.teamId },
      container: { type: "message", message_ts: card.ts, channel_id: "D0ANA", is_ephemeral: false },
      channel: { id: "D0ANA", name: "directmessage" },
      message: { ts: card.ts, text: "vision runs", bot_id: "B00SIMBOT" },
      state: { values: {} },
      response_url: expect.stringContaining("/respond/"),
      trigger_id: expect.any(String),
      actions: [
        { type: "button", action_id: "stop", block_id: "card", value: "c1", action_ts: expect.any(String) },
      ],
    },
  ]);
  await expect(person.click(card, "stop", { confirmed: true })).rejects.toThrow("There is no card/stop here");
  expect(await person.click(card, "stop", { confirmed: true, stale: true })).toEqual({ ok: true });
  expect(bodies[1]).toMatchObject({ actions: [{ action_id: "stop" }], message: { text: "Stopped" } });
  expect(() => slack.as(ben).confirmText(card, "stop")).toThrow("does not see the message");
});

test("Home is published when it is opened, and its buttons work", async () => {
  slack = await startLab();
  app = await startApp(slack, (bolt) => {
    bolt.event("app_home_opened", async ({ event, client }) => {
      await client.views.publish({
        user_id: event.user,
        view: {
          type: "home",
          blocks: [
            section(`Opened ${event.tab}`),
            { type: "actions", elements: [{ type: "button", action_id: "new", text: plain("New") }] },
          ],
        },
      });
    });
    bolt.action("new", async ({ ack, body, client }) => {
      await ack();
      if (body.type !== "block_actions") return;
      await client.views.open({
        trigger_id: body.trigger_id,
        view: { type: "modal", title: plain("New"), blocks: [section(body.view?.type ?? "?")] },
      });
    });
  });
  await slack.as(ana).openHome();
  await slack.as(ana).waitForHome("Opened home");
  expect(slack.as(ben).home()).toBeNull();
  expect(await slack.as(ana).click("home", "New")).toEqual({ ok: true });
  expect(await slack.as(ana).waitForModal("home")).toMatchObject({ title: { text: "New" } });
});

test("people who change are told to the app", async () => {
  slack = await startLab();
  const changes: unknown[] = [];
  app = await startApp(slack, (bolt) => {
    bolt.event("user_change", async ({ event }) => void changes.push(event.user));
  });
  slack.updateUser(ben, { deleted: true });
  await slack.waitFor(() => changes.length === 1, 5_000, "user_change");
  expect(changes).toMatchObject([{ id: ben, deleted: true }]);
  expect(() => slack.as(ben)).toThrow("deactivated");
  await expect(app.client.chat.postMessage({ channel: ben, text: "hello" })).rejects.toThrow(
    "user_not_found",
  );
});
