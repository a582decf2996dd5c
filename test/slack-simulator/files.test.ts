import type { App } from "@slack/bolt";
import type { ModalView } from "@slack/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SlackSimulator } from "../../src/demo/slack/simulator.ts";
import { ana, ben, gpu, manifest, plain, startApp, startLab } from "./lab.ts";

/** Files that people hand over with a form, and those that the app puts into a conversation. */

let slack: SlackSimulator;
let app: App;
let opened: Promise<unknown>;
let handedOver: { id: string; url_private: string; name: string }[] = [];

const form = (element: object = {}): ModalView => ({
  type: "modal",
  callback_id: "files",
  title: plain("Files"),
  submit: plain("Go"),
  blocks: [
    {
      type: "input",
      block_id: "file",
      label: plain("File"),
      element: { type: "file_input", action_id: "file", max_files: 2, ...element },
    },
  ],
});
let shown = form();

beforeEach(async () => {
  shown = form();
  handedOver = [];
  await open();
});
afterEach(async () => {
  await app.stop();
  await slack.close();
});

async function open(options: Parameters<typeof startLab>[0] = {}): Promise<void> {
  slack = await startLab(options);
  app = await startApp(slack, (bolt) => {
    bolt.command("/container-deploy", async ({ ack, client, command }) => {
      await ack();
      opened = client.views.open({ trigger_id: command.trigger_id, view: shown }).catch((error) => error);
      await opened;
    });
    bolt.view("files", async ({ ack, view }) => {
      const entered = view.state.values.file?.file as { files?: typeof handedOver } | undefined;
      handedOver = entered?.files ?? [];
      await ack();
    });
  });
}

async function openForm() {
  const person = slack.as(ana);
  await person.type("/container-deploy");
  await person.waitForModal();
  return person;
}

const octets = { "content-type": "application/octet-stream" };

const errorOf = async (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: { data?: { error?: string } }) => error.data?.error,
  );

test("a file reaches the app by being handed over, and is downloaded with the token", async () => {
  const person = await openForm();
  const id = person.upload("requirements.txt", "numpy<2\n");
  expect(await errorOf(app.client.files.info({ file: id }))).toBe("file_not_found");
  expect(await person.submit({ file: [id] })).toEqual({ ok: true });
  expect(handedOver).toMatchObject([{ id, name: "requirements.txt" }]);
  expect(await errorOf(app.client.files.info({ file: id }))).toBe("ok");
  const url = handedOver[0]?.url_private ?? "";
  expect((await fetch(url, { redirect: "manual" })).status).toBe(302);
  const allowed = await fetch(url, { headers: { authorization: `Bearer ${slack.botToken}` } });
  expect(await allowed.text()).toBe("numpy<2\n");
});

test("nobody hands over somebody else's file, more files than asked for, or another kind", async () => {
  shown = form({ filetypes: ["txt"] });
  const person = await openForm();
  const bens = slack.as(ben).upload("requirements.txt", "numpy");
  await expect(person.submit({ file: [bens] })).rejects.toThrow("no file");
  const own = ["a.txt", "b.txt", "c.txt"].map((name) => person.upload(name, "numpy"));
  await expect(person.submit({ file: own })).rejects.toThrow("takes at most 2");
  const picture = person.upload("photo.png", "PNG");
  await expect(person.submit({ file: [picture] })).rejects.toThrow("takes txt, not photo.png");
});

test("an app that could not read files can't ask for them", async () => {
  await app.stop();
  await slack.close();
  const scopes = { bot: manifest.oauth_config.scopes.bot.filter((scope) => scope !== "files:read") };
  await open({ manifest: { ...manifest, oauth_config: { scopes } } });
  await slack.as(ana).type("/container-deploy");
  expect(await opened).toMatchObject({ data: { error: "missing_scope", needed: "files:read" } });
});

test("an upload ends in a conversation by its id, once, and not before its bytes are there", async () => {
  const { client } = app;
  const start = async () =>
    (await client.files.getUploadURLExternal({ filename: "build.log", length: 3 })) as {
      upload_url: string;
      file_id: string;
    };
  const complete = (id: string, channel_id: string) =>
    errorOf(client.files.completeUploadExternal({ files: [{ id, title: "build.log" }], channel_id }));
  const early = await start();
  expect(await complete(early.file_id, gpu)).toBe("file_not_found");
  const { upload_url, file_id } = await start();
  const put = async (text: string) =>
    (await fetch(upload_url, { method: "POST", body: Buffer.from(text), headers: octets })).status;
  expect(await put("too long")).toBe(400);
  expect(await put("log")).toBe(200);
  expect(await complete(file_id, ana)).toBe("channel_not_found");
  expect(await complete(file_id, "C0OTHER")).toBe("not_in_channel");
  expect(await complete(file_id, gpu)).toBe("ok");
  expect(await complete(file_id, gpu)).toBe("file_not_found");
  expect(slack.as(ana).messages("gpu")).toMatchObject([{ files: [{ name: "build.log", sizeBytes: 3 }] }]);
});
