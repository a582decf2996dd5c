import type { App } from "@slack/bolt";
import type { ModalView } from "@slack/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SlackSimulator } from "../../src/demo/slack/simulator.ts";
import { ana, plain, section, startApp, startLab } from "./lab.ts";

let slack: SlackSimulator;
let app: App;
let form: ModalView;
const submissions: { values: unknown; metadata: string }[] = [];

const deploy: ModalView = {
  type: "modal",
  callback_id: "deploy",
  title: plain("Deploy"),
  submit: plain("Go"),
  private_metadata: "key-1",
  notify_on_close: true,
  blocks: [
    {
      type: "input",
      block_id: "project",
      label: plain("Project"),
      element: { type: "plain_text_input", action_id: "name", initial_value: "vision" },
    },
    {
      type: "input",
      block_id: "hours",
      label: plain("Hours"),
      element: {
        type: "number_input",
        action_id: "value",
        is_decimal_allowed: false,
        min_value: "1",
        max_value: "24",
      },
    },
    {
      type: "input",
      block_id: "image",
      optional: true,
      label: plain("Image"),
      element: { type: "external_select", action_id: "image", min_query_length: 0 },
    },
    {
      type: "input",
      block_id: "device",
      dispatch_action: true,
      label: plain("Device"),
      element: {
        type: "static_select",
        action_id: "device",
        options: [
          { text: plain("1 GPU"), value: "gpu" },
          { text: plain("None"), value: "cpu" },
        ],
      },
    },
  ],
};

beforeEach(async () => {
  slack = await startLab();
  form = deploy;
  submissions.length = 0;
  app = await startApp(slack, (bolt) => {
    bolt.command("/container-deploy", async ({ ack, client, command }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: form });
    });
    bolt.options("image", async ({ ack, options }) => {
      const all = ["vision:latest", "vision:old", "house"].filter((name) => name.includes(options.value));
      await ack({ options: all.map((name) => ({ text: plain(name), value: name })) });
    });
    bolt.action("device", async ({ ack, body, client }) => {
      await ack();
      if (body.type !== "block_actions" || !body.view) return;
      const chosen = body.view.state.values.device?.device?.selected_option?.value;
      const blocks = [...deploy.blocks, section(`Chosen: ${chosen}`)];
      await client.views.update({ view_id: body.view.id, hash: body.view.hash, view: { ...deploy, blocks } });
    });
    bolt.view("deploy", async ({ ack, view }) => {
      submissions.push({ values: view.state.values, metadata: view.private_metadata });
      const name = view.state.values.project?.name?.value ?? "";
      if (name === "taken")
        await ack({ response_action: "errors", errors: { project: "You have that one already." } });
      else if (name === "more")
        await ack({
          response_action: "push",
          view: { type: "modal", title: plain("More"), blocks: [section("second")] },
        });
      else if (name === "working")
        await ack({
          response_action: "update",
          view: { type: "modal", title: plain("Deploy"), blocks: [section("Working…")] },
        });
      else if (name === "nowhere") await ack({ response_action: "errors", errors: { nowhere: "Lost" } });
      else if (name === "clear") await ack({ response_action: "clear" });
      else await ack();
    });
    bolt.view({ callback_id: "deploy", type: "view_closed" }, async ({ ack, body }) => {
      await ack();
      submissions.push({ values: "closed", metadata: `cleared: ${"is_cleared" in body && body.is_cleared}` });
    });
  });
});

afterEach(async () => {
  await app.stop();
  await slack.close();
});

async function opened() {
  const person = slack.as(ana);
  await person.type("/container-deploy", { channel: "gpu" });
  await person.waitForModal("Deploy");
  return person;
}

test("a form is filled, searched, submitted and closed by the acknowledgement", async () => {
  const person = await opened();
  expect(await person.suggest("modal", "image", "vis")).toMatchObject({
    options: [{ value: "vision:latest" }, { value: "vision:old" }],
  });
  expect(await person.submit({ hours: "8", image: "vision:old", device: "gpu" })).toEqual({ ok: true });
  expect(person.modal()).toBeUndefined();
  expect(submissions).toEqual([
    {
      metadata: "key-1",
      values: {
        project: { name: { type: "plain_text_input", value: "vision" } },
        hours: { value: { type: "number_input", value: "8" } },
        image: {
          image: {
            type: "external_select",
            selected_option: { text: { ...plain("vision:old") }, value: "vision:old" },
          },
        },
        device: {
          device: {
            type: "static_select",
            selected_option: { text: { ...plain("1 GPU"), emoji: true }, value: "gpu" },
          },
        },
      },
    },
  ]);
  expect(slack.complaints()).toEqual([]);
});

test("what the client can see to be wrong never reaches the app", async () => {
  const person = await opened();
  const outcome = await person.submit({ project: "", hours: "30" });
  expect(outcome).toMatchObject({
    ok: false,
    error: "required_missing",
    errors: {
      project: "Please complete this required field.",
      hours: "Please enter a number no more than 24.",
      device: "Please complete this required field.",
    },
  });
  expect(person.modal()?.errors).toEqual((outcome as { errors: unknown }).errors);
  expect(submissions).toEqual([]);
  expect(() => person.fill({ device: "tpu" })).toThrow('has no option "tpu"');
  expect(() => person.fill({ image: "never-offered" })).toThrow("has no option");
});

test("errors stand at their inputs, and the corrected form goes through", async () => {
  const person = await opened();
  const right = { hours: "8", device: "cpu" };
  expect(await person.submit({ ...right, project: "taken" })).toMatchObject({
    errors: { project: "You have that one already." },
  });
  expect(person.modal()).toMatchObject({
    errors: { project: "You have that one already." },
    submitting: false,
  });
  expect(await person.submit({ project: "free" })).toEqual({ ok: true });
  expect(submissions).toHaveLength(2);
});

test("errors at a block that isn't an input are trouble for the person and a complaint about the app", async () => {
  const person = await opened();
  const outcome = await person.submit({ project: "nowhere", hours: "1", device: "cpu" });
  expect(outcome).toMatchObject({ ok: false, message: "We had some trouble connecting. Try again?" });
  expect(slack.complaints().join()).toContain("errors must name input blocks");
  expect(person.modal()).toBeDefined();
});

test("update changes the view in place, push puts one on top, clear closes all", async () => {
  const person = await opened();
  const right = { hours: "8", device: "cpu" };
  await person.submit({ ...right, project: "more" });
  expect(person.sees().modals.map((m) => m.title.text)).toEqual(["Deploy", "More"]);
  await person.close();
  expect(person.sees().modals.map((m) => m.title.text)).toEqual(["Deploy"]);
  await person.submit({ project: "working" });
  expect(person.modal()?.blocks).toMatchObject([{ text: { text: "Working…" } }]);
  await person.close();
  await opened();
  await person.submit({ ...right, project: "clear" });
  expect(person.sees().modals).toEqual([]);
});

test("a choice in an input with dispatch_action reaches the app, and other inputs keep what is filled in", async () => {
  const person = await opened();
  person.fill({ project: "mine" });
  expect(await person.select("modal", "device", "cpu")).toEqual({ ok: true });
  const changed = await person.waitForModal("Chosen: cpu");
  expect(changed.state).toMatchObject({
    project: { name: { value: "mine" } },
    device: { device: { selected_option: { value: "cpu" } } },
  });
});

test("closing is told to an app that asked for it", async () => {
  const person = await opened();
  await person.close();
  expect(submissions).toEqual([{ values: "closed", metadata: "cleared: false" }]);
});

test("an app that does not answer a form leaves it open with trouble", async () => {
  await app.stop();
  const person = await slackWithoutViewHandler();
  expect(await person.submit({ hours: "1", device: "cpu" })).toMatchObject({ error: "operation_timeout" });
  expect(person.modal()?.submitting).toBe(false);
});

async function slackWithoutViewHandler() {
  await slack.close();
  slack = await startLab({ ackMs: 300 });
  app = await startApp(slack, (bolt) => {
    bolt.command("/container-deploy", async ({ ack, client, command }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: form });
    });
  });
  return opened();
}
