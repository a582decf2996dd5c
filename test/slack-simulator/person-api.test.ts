import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebClient } from "@slack/web-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Outcome, Person, Snapshot } from "../../src/demo/slack/person-api.ts";
import type { SlackSimulator } from "../../src/demo/slack/simulator.ts";
import { ana, ben, gpu, plain, section, startApp, startLab } from "./lab.ts";

let slack: SlackSimulator;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-slack-"));
  slack = await startLab({
    stateFile: join(folder, "slack.json"),
    banner: "In-memory engine",
    extras: (user) =>
      user === ana ? { demoKey: { publicKey: "ssh-ed25519 AAAA", privateKeyPath: "/tmp/key" } } : undefined,
  });
});

afterEach(async () => {
  await slack.close();
  await rm(folder, { recursive: true });
});

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(slack.url + path)).json()) as T;
}

async function post(path: string, body: unknown): Promise<Outcome> {
  const response = await fetch(slack.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Outcome;
}

test("a snapshot shows one person's Slack", async () => {
  expect((await get<Person[]>("/person")).map((p) => p.name)).toEqual(["ana", "ben", "guest"]);
  const seen = await get<Snapshot>(`/person/${ana}`);
  expect(seen).toMatchObject({
    me: { id: ana, title: "student", isGuest: false },
    banner: "In-memory engine",
    extras: { demoKey: { privateKeyPath: "/tmp/key" } },
    appConnected: false,
    home: null,
    modals: [],
    app: { name: "Berth", hasHome: true },
  });
  expect(seen.conversations.map((c) => [c.kind, c.name, c.appIsMember])).toEqual([
    ["channel", "gpu", true],
    ["channel", "other", false],
    ["dm", "Berth", true],
  ]);
  expect(seen.commands[0]).toEqual({
    command: "/container-deploy",
    description: "Start a container",
    usageHint: "[project]",
    appName: "Berth",
  });
  expect(await get<Snapshot>(`/person/${ben}`)).not.toHaveProperty("extras");
  expect((await fetch(`${slack.url}/person/U0NOBODY`)).status).toBe(404);
});

test("all a page does goes over HTTP: type, search, choose, submit with an error, click with a confirm", async () => {
  const app = await startApp(slack, (bolt) => {
    bolt.command("/container-deploy", async ({ ack, client, command }) => {
      await ack();
      const element = { type: "external_select" as const, action_id: "image", min_query_length: 0 };
      const blocks = [{ type: "input" as const, block_id: "image", label: plain("Image"), element }];
      await client.views.open({
        trigger_id: command.trigger_id,
        view: { type: "modal", callback_id: "deploy", title: plain("Deploy"), submit: plain("Go"), blocks },
      });
    });
    bolt.options("image", async ({ ack }) => ack({ options: [{ text: plain("house"), value: "house" }] }));
    bolt.view("deploy", async ({ ack, body, client }) => {
      await ack();
      const confirm = { text: plain("Sure?") };
      const button = { type: "button" as const, action_id: "stop", text: plain("Stop"), confirm };
      await client.chat.postMessage({
        channel: body.user.id,
        text: "card",
        blocks: [{ type: "actions", block_id: "row", elements: [button] }],
      });
    });
    bolt.action("stop", async ({ ack, respond }) => {
      await ack();
      await respond({ replace_original: true, text: "stopped" });
    });
  });
  const me = `/person/${ana}`;
  expect(await post(`${me}/type`, { channel: gpu, text: "/container-deploy" })).toEqual({ ok: true });
  await slack.as(ana).waitForModal();
  const view = (await get<Snapshot>(me)).modals[0]?.id ?? "";
  const element = { place: { view }, blockId: "image", actionId: "image" };
  expect(await post(`${me}/submit`, { view, values: {} })).toMatchObject({ error: "required_missing" });
  expect((await get<Snapshot>(me)).modals[0]?.errors).toHaveProperty("image");
  expect(await post(`${me}/suggest`, { ...element, query: "" })).toMatchObject({
    ok: true,
    options: [{ value: "house" }],
  });
  expect(await post(`${me}/submit`, { view, values: { image: { image: "house" } } })).toEqual({ ok: true });
  const card = await slack.as(ana).waitForMessage("dm", "card");
  const stop = { place: { message: { channel: "D0ANA", ts: card.ts } }, blockId: "row", actionId: "stop" };
  expect(await post(`${me}/act`, stop)).toEqual({ ok: false, error: "confirm_needed", message: "Sure?" });
  expect(await post(`${me}/act`, { ...stop, confirmed: true })).toEqual({ ok: true });
  await slack.as(ana).waitForMessage("dm", "stopped");
  expect(await post(`${me}/act`, { ...stop, confirmed: true })).toMatchObject({
    ok: false,
    error: "impossible",
  });
  expect(await post(`${me}/act`, { nonsense: true })).toMatchObject({ ok: false, error: "bad_request" });
  await app.stop();
});

test("changes arrive as events, several at once as one", async () => {
  const gone = new AbortController();
  const response = await fetch(`${slack.url}/person/${ana}/events`, { signal: gone.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const client = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl });
  const seen: Snapshot[] = [];
  const reading = (async () => {
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = /^event: snapshot\ndata: (.*)$/.exec(event)?.[1];
        if (data) seen.push(JSON.parse(data) as Snapshot);
      }
    }
  })().catch(() => {});
  await slack.waitFor(() => seen.length === 1, 5_000, "the first snapshot");
  for (const text of ["1", "2", "3"]) await client.chat.postMessage({ channel: gpu, text });
  const last = () => seen.at(-1)?.conversations[0]?.messages.map((m) => m.text);
  await slack.waitFor(() => last()?.length === 3, 5_000, "all three messages");
  expect(last()).toEqual(["1", "2", "3"]);
  expect(seen.map((s) => s.version)).toEqual([...seen.map((s) => s.version)].sort((a, b) => a - b));
  gone.abort();
  await reading;
});

test("a second start finds messages, people, Home and files as they were left; ephemerals and open modals are gone", async () => {
  const client = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl });
  const { ts } = await client.chat.postMessage({ channel: ana, text: "card", blocks: [section("card")] });
  await client.chat.postEphemeral({ channel: gpu, user: ana, text: "only you" });
  await client.views.publish({ user_id: ana, view: { type: "home", blocks: [section("mine")] } });
  await client.filesUploadV2({ channel_id: gpu, content: "log line", filename: "build.log" });
  slack.updateUser(ben, { isGuest: true });
  await slack.close();

  slack = await startLab({ stateFile: join(folder, "slack.json") });
  const person = slack.as(ana);
  expect(person.messages("dm")).toMatchObject([{ ts, text: "card" }]);
  expect(person.messages("gpu")).toMatchObject([{ files: [{ name: "build.log" }] }]);
  expect(person.home()).toMatchObject({ blocks: [{ text: { text: "mine" } }] });
  expect(slack.as(ben).sees().me.isGuest).toBe(true);
  const file = person.messages("gpu")[0]?.files?.[0];
  expect(await (await fetch(slack.url + file?.url)).text()).toBe("log line");
  const again = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl });
  await again.chat.update({ channel: "D0ANA", ts: ts ?? "", text: "edited" });
  expect(person.messages("dm")).toMatchObject([{ ts, text: "edited" }]);
  const next = await again.chat.postMessage({ channel: ana, text: "next" });
  expect(Number(next.ts)).toBeGreaterThan(Number(ts));
});

test("a state file that can't be read stops the start and stays", async () => {
  const broken = join(folder, "broken.json");
  await writeFile(broken, "{");
  await expect(startLab({ stateFile: broken })).rejects.toThrow("can't be read; move the file away");
  expect(await readFile(broken, "utf8")).toBe("{");
});

test("the page's libraries are served as modules, and nothing above its folder", async () => {
  for (const name of ["preact.js", "preact-hooks.js", "htm.js", "htm-preact.js"]) {
    const response = await fetch(`${slack.url}/lib/${name}`);
    expect([name, response.status, response.headers.get("content-type")]).toEqual([
      name,
      200,
      "text/javascript; charset=utf-8",
    ]);
    expect(await response.text()).toContain("export");
  }
  for (const path of ["/lib/fastify.js", "/page/..%2Fsimulator.ts", "/page/.hidden"])
    expect((await fetch(slack.url + path)).status).toBe(404);
});
