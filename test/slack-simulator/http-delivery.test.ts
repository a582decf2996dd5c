import { createServer } from "node:net";
import type { App } from "@slack/bolt";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SlackSimulator } from "../../src/demo/slack/simulator.ts";
import { ana, ben, gpu, plain, section, signingSecret, startHttpApp, startLab } from "./lab.ts";

/** One of each kind of payload, signed, over HTTP. */

let slack: SlackSimulator;
let app: App | undefined;
const heard: string[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeEach(async () => {
  heard.length = 0;
  const port = await freePort();
  slack = await startLab({
    delivery: { kind: "http", url: `http://127.0.0.1:${port}/slack/events`, signingSecret },
  });
  app = await startHttpApp(slack, port, (bolt) => {
    bolt.command("/container-deploy", async ({ ack, client, command }) => {
      await ack();
      await client.views.open({
        trigger_id: command.trigger_id,
        view: {
          type: "modal",
          callback_id: "deploy",
          title: plain("Deploy"),
          submit: plain("Go"),
          blocks: [
            {
              type: "input",
              block_id: "image",
              label: plain("Image"),
              element: { type: "external_select", action_id: "image", min_query_length: 1 },
            },
            { type: "actions", elements: [{ type: "button", action_id: "why", text: plain("Why?") }] },
          ],
        },
      });
    });
    bolt.command("/gpu-status", async ({ ack }) => ack("4 free"));
    bolt.options("image", async ({ ack }) => ack({ options: [{ text: plain("house"), value: "house" }] }));
    bolt.action("why", async ({ ack }) => {
      await ack();
      heard.push("why");
    });
    bolt.view("deploy", async ({ ack }) => ack({ response_action: "errors", errors: { image: "Gone." } }));
    bolt.event("app_home_opened", async ({ event, client }) => {
      await client.views.publish({ user_id: event.user, view: { type: "home", blocks: [section("Hello")] } });
    });
  });
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  await slack.close();
});

test("command, options, click, form and event all pass the signature check", async () => {
  const person = slack.as(ana);
  expect(await person.type("/container-deploy", { channel: "gpu" })).toEqual({ ok: true });
  await person.waitForModal("Deploy");
  expect(await person.suggest("modal", "image", "h")).toMatchObject({ options: [{ value: "house" }] });
  expect(await person.click("modal", "Why?")).toEqual({ ok: true });
  expect(heard).toEqual(["why"]);
  expect(await person.submit({ image: "house" })).toMatchObject({ errors: { image: "Gone." } });
  await slack.as(ben).type("/gpu-status", { channel: gpu });
  await slack.as(ben).waitForMessage("gpu", "4 free");
  await person.openHome();
  await person.waitForHome("Hello");
  expect(slack.complaints()).toEqual([]);
});

test("a wrong signature is refused by Bolt, and the person sees that it failed", async () => {
  await app?.stop();
  await slack.close();
  const port = await freePort();
  slack = await startLab({
    delivery: { kind: "http", url: `http://127.0.0.1:${port}/slack/events`, signingSecret: "another" },
  });
  app = await startHttpApp(
    slack,
    port,
    (bolt) => void bolt.command("/gpu-status", async ({ ack }) => ack("4 free")),
  );
  expect(await slack.as(ana).type("/gpu-status", { channel: "gpu" })).toMatchObject({
    error: "dispatch_failed",
  });
  expect(slack.as(ana).messages("gpu").at(-1)?.text).toContain("dispatch_failed");
});

test("an app that isn't there is a failed command, not a crash", async () => {
  await app?.stop();
  app = undefined;
  expect(await slack.as(ana).type("/gpu-status", { channel: "gpu" })).toMatchObject({
    error: "dispatch_failed",
  });
});
