import { WebClient } from "@slack/web-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type HandClock, handClock } from "../../src/demo/slack/clock.ts";
import { type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";
import { ana, ben, gpu, manifest, plain, section, startLab } from "./lab.ts";

/** No app: methods called straight, and payloads taken from the journal. The clock stands still until it is moved. */

let slack: SlackSimulator;
let clock: HandClock;
let client: WebClient;

beforeEach(async () => {
  clock = handClock();
  slack = await startLab({ clock });
  client = clientWith(slack.botToken);
});

afterEach(async () => {
  await slack.close();
});

function clientWith(token: string, of: SlackSimulator = slack): WebClient {
  return new WebClient(token, { slackApiUrl: of.apiUrl, retryConfig: { retries: 0 }, logger: silent });
}

const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => "error" as never,
  setName() {},
};

async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await call.then(
    () => undefined,
    (e: { data?: Record<string, unknown> }) => e,
  );
  if (!error?.data) throw new Error("it was not refused");
  return error.data;
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return (await refusal(call)).error;
}

/** A command typed by ana: its payload, though no app takes it. */
async function commandPayload() {
  const before = slack.journal.deliveries().length;
  await slack.as(ana).type("/gpu-status", { channel: "gpu" });
  const payload = slack.journal.deliveries()[before]?.payload;
  return payload as { trigger_id: string; response_url: string };
}

const modal = { type: "modal" as const, title: plain("Title"), blocks: [section("a")] };
const message = { channel: gpu, text: "hello" };

test("tokens: none, a wrong one, one that looks real, the other kind", async () => {
  const real = ["xoxb", "123456789012", "abcdefABCDEF"].join("-");
  expect(await errorOf(clientWith("").auth.test())).toBe("not_authed");
  expect(await errorOf(clientWith("sim-other").auth.test())).toBe("invalid_auth");
  expect(await errorOf(clientWith(real).auth.test())).toBe("invalid_auth");
  expect(slack.complaints().join()).toContain("looks like a real one");
  expect(await errorOf(client.apps.connections.open({}))).toBe("not_allowed_token_type");
  expect(await errorOf(clientWith(slack.appToken).chat.postMessage(message))).toBe("not_allowed_token_type");
  await expect(startSlack({ manifest, botToken: real })).rejects.toThrow("must not look like a real one");
  expect(await client.auth.test()).toMatchObject({
    ok: true,
    user_id: slack.botUserId,
    team_id: slack.teamId,
  });
  expect(JSON.stringify(slack.journal.entries)).not.toContain(real);
});

test("an unknown method, and a scope that the manifest lacks", async () => {
  expect(await errorOf(client.apiCall("chat.shout", {}))).toBe("unknown_method");
  expect(await refusal(client.conversations.open({ users: ana }))).toMatchObject({
    error: "missing_scope",
    needed: "im:write",
    provided: expect.stringContaining("chat:write"),
  });
  const readOnly = await startLab({
    manifest: { ...manifest, oauth_config: { scopes: { bot: ["users:read"] } } },
  });
  expect(await errorOf(clientWith(readOnly.botToken, readOnly).chat.postMessage(message))).toBe(
    "missing_scope",
  );
  await readOnly.close();
});

test("where a bot may write: channels it is in, people, and nobody else", async () => {
  expect(await errorOf(client.chat.postMessage({ ...message, channel: "C0OTHER" }))).toBe("not_in_channel");
  expect(await errorOf(client.chat.postMessage({ ...message, channel: "C0NONE" }))).toBe("channel_not_found");
  expect(await errorOf(client.chat.postMessage({ ...message, channel: slack.botUserId }))).toBe(
    "cannot_dm_bot",
  );
  expect(await errorOf(client.chat.postEphemeral({ ...message, user: "U0NOBODY" }))).toBe(
    "user_not_in_channel",
  );
  expect(await slack.as(ana).type("/invite @Berth", { channel: "other" })).toEqual({ ok: true });
  expect(await client.chat.postMessage({ ...message, channel: "C0OTHER" })).toMatchObject({ ok: true });
  const noDms = await startLab({
    manifest: { ...manifest, features: { ...manifest.features, app_home: { home_tab_enabled: false } } },
  });
  const stranger = clientWith(noDms.botToken, noDms);
  expect(await errorOf(stranger.chat.postMessage({ ...message, channel: ana }))).toBe(
    "messages_tab_disabled",
  );
  expect(
    await errorOf(stranger.views.publish({ user_id: ana, view: { type: "home", blocks: [section("a")] } })),
  ).toBe("not_enabled");
  await noDms.close();
});

test("messages: no text, too long, bad blocks, another's, gone, already pinned", async () => {
  expect(await errorOf(client.chat.postMessage({ channel: gpu, text: "" }))).toBe("no_text");
  expect(await errorOf(client.chat.postMessage({ channel: gpu, text: "x".repeat(40_001) }))).toBe(
    "msg_too_long",
  );
  expect(await errorOf(client.apiCall("chat.postMessage", { channel: gpu, blocks: "[{" }))).toBe(
    "invalid_blocks_format",
  );
  expect(
    await refusal(client.chat.postMessage({ ...message, blocks: [section("x".repeat(3001))] })),
  ).toMatchObject({
    error: "invalid_blocks",
    errors: ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"],
    response_metadata: {
      messages: ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"],
    },
  });
  const long = Array.from({ length: 5 }, () => section("x".repeat(2_900)));
  expect(await errorOf(client.chat.postMessage({ ...message, blocks: long }))).toBe("msg_blocks_too_long");
  const { ts } = await client.chat.postMessage({ ...message, blocks: long.slice(0, 4) });
  if (!ts) throw new Error("no ts");
  expect(await errorOf(client.chat.update({ ...message, ts, blocks: long }))).toBe("msg_blocks_too_long");
  expect(await errorOf(client.chat.update({ channel: gpu, ts, text: "x".repeat(4_001) }))).toBe(
    "msg_too_long",
  );
  expect(await errorOf(client.chat.update({ channel: gpu, ts: "1.000001", text: "a" }))).toBe(
    "message_not_found",
  );
  await slack.as(ben).type("mine", { channel: "gpu" });
  const bens = slack.as(ben).messages("gpu").at(-1)?.ts ?? "";
  expect(await errorOf(client.chat.update({ channel: gpu, ts: bens, text: "a" }))).toBe(
    "cant_update_message",
  );
  expect(await errorOf(client.chat.delete({ channel: gpu, ts: bens }))).toBe("cant_delete_message");
  await client.pins.add({ channel: gpu, timestamp: ts });
  expect(await errorOf(client.pins.add({ channel: gpu, timestamp: ts }))).toBe("already_pinned");
  expect(slack.as(ben).messages("gpu")[0]).toMatchObject({ ts, pinned: true });
  await client.chat.delete({ channel: gpu, ts });
  expect(await errorOf(client.chat.update({ channel: gpu, ts, text: "a" }))).toBe("message_not_found");
});

test("an ephemeral message is seen by one person and out of every method's reach", async () => {
  const { message_ts } = await client.chat.postEphemeral({ ...message, user: ana });
  expect(slack.as(ana).messages("gpu")).toMatchObject([{ ts: message_ts, ephemeral: true }]);
  expect(slack.as(ben).messages("gpu")).toEqual([]);
  expect(await errorOf(client.chat.update({ channel: gpu, ts: message_ts ?? "", text: "a" }))).toBe(
    "message_not_found",
  );
});

test("nobody can click on what only another person sees", async () => {
  const blocks = [
    {
      type: "actions" as const,
      block_id: "row",
      elements: [{ type: "button" as const, action_id: "ok", text: plain("OK") }],
    },
  ];
  const { message_ts } = await client.chat.postEphemeral({ ...message, user: ana, blocks });
  const answer = await fetch(`${slack.url}/person/${ben}/act`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      place: { message: { channel: gpu, ts: message_ts } },
      blockId: "row",
      actionId: "ok",
    }),
  });
  expect(await answer.json()).toMatchObject({ ok: false, error: "impossible" });
  expect(slack.journal.deliveries()).toEqual([]);
});

test("an update without blocks keeps the old ones, an empty list takes them away", async () => {
  const { ts } = await client.chat.postMessage({ ...message, blocks: [section("a")] });
  await client.chat.update({ channel: gpu, ts: ts ?? "", text: "b" });
  expect(slack.as(ana).messages("gpu")[0]).toMatchObject({ text: "b", blocks: [{ text: { text: "a" } }] });
  await client.chat.update({ channel: gpu, ts: ts ?? "", text: "c", blocks: [] });
  expect(slack.as(ana).messages("gpu")[0]).not.toHaveProperty("blocks");
});

test("a trigger opens one modal, within 3 s", async () => {
  const { trigger_id } = await commandPayload();
  expect(await errorOf(client.views.open({ trigger_id: "made.up", view: modal }))).toBe("invalid_trigger_id");
  expect(
    await refusal(client.views.open({ trigger_id, view: { ...modal, title: plain("x".repeat(25)) } })),
  ).toMatchObject({
    error: "invalid_arguments",
    response_metadata: {
      messages: ["[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"],
    },
  });
  expect(await client.views.open({ trigger_id, view: modal })).toMatchObject({
    view: { type: "modal", hash: expect.any(String) },
  });
  expect(await errorOf(client.views.open({ trigger_id, view: modal }))).toBe("exchanged_trigger_id");
  const late = await commandPayload();
  clock.advance(3_001);
  expect(await errorOf(client.views.open({ trigger_id: late.trigger_id, view: modal }))).toBe(
    "expired_trigger_id",
  );
});

test("a stack of modals is 3 deep, an old hash conflicts, a closed view is not found", async () => {
  const button = {
    type: "actions" as const,
    elements: [{ type: "button" as const, action_id: "next", text: plain("Next") }],
  };
  const view = { ...modal, blocks: [button] };
  const opened = await client.views.open({ trigger_id: (await commandPayload()).trigger_id, view });
  const person = slack.as(ana);
  async function triggerInside() {
    await person.click("modal", "next");
    return String(slack.journal.deliveries("interactive").at(-1)?.payload.trigger_id);
  }
  await client.views.push({ trigger_id: await triggerInside(), view });
  await client.views.push({ trigger_id: await triggerInside(), view });
  expect(await errorOf(client.views.push({ trigger_id: await triggerInside(), view }))).toBe(
    "push_limit_reached",
  );
  expect(person.sees().modals).toHaveLength(3);
  const first = opened.view;
  await client.views.update({ view_id: first?.id ?? "", hash: first?.hash ?? "", view });
  expect(
    await errorOf(client.views.update({ view_id: first?.id ?? "", hash: first?.hash ?? "", view })),
  ).toBe("hash_conflict");
  await person.close({ all: true });
  expect(await errorOf(client.views.update({ view_id: first?.id ?? "", view }))).toBe("not_found");
});

test("a Home belongs to a person who is there", async () => {
  const home = { type: "home" as const, blocks: [section("a")] };
  expect(await errorOf(client.views.publish({ user_id: "U0NOBODY", view: home }))).toBe("user_not_found");
  expect(await errorOf(client.views.publish({ user_id: ana, view: modal as never }))).toBe(
    "invalid_arguments",
  );
  const published = await client.views.publish({ user_id: ana, view: home });
  await client.views.publish({ user_id: ana, view: home, hash: published.view?.hash ?? "" });
  expect(
    await errorOf(client.views.publish({ user_id: ana, view: home, hash: published.view?.hash ?? "" })),
  ).toBe("hash_conflict");
});

async function post(url: string, body: unknown) {
  const response = await fetch(url, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  return { status: response.status, text: await response.text() };
}

test("a response_url is good for 5 answers in 30 minutes, in any channel, and only for what Slack can show", async () => {
  const { response_url } = await commandPayload();
  expect(await post(response_url, {})).toMatchObject({ status: 400 });
  expect(await post(response_url, { text: "a", blocks: [section("")] })).toMatchObject({ status: 400 });
  for (const text of ["1", "2", "3", "4", "5"])
    expect(await post(response_url, { text })).toEqual({ status: 200, text: "ok" });
  expect(await post(response_url, { text: "6" })).toMatchObject({
    status: 404,
    text: expect.stringContaining("used_url"),
  });
  expect(
    slack
      .as(ana)
      .messages("gpu")
      .map((m) => m.text)
      .slice(1),
  ).toEqual(["1", "2", "3", "4", "5"]);
  const late = await commandPayload();
  clock.advance(30 * 60_000 + 1);
  expect(await post(late.response_url, { text: "late" })).toMatchObject({
    status: 404,
    text: expect.stringContaining("expired_url"),
  });
});

test("a click's response_url can replace and delete the message it came from, also an ephemeral one", async () => {
  const blocks = [
    { type: "actions" as const, elements: [{ type: "button" as const, action_id: "ok", text: plain("OK") }] },
  ];
  await client.chat.postEphemeral({ ...message, user: ana, blocks });
  const person = slack.as(ana);
  await person.click(person.messages("gpu")[0]!, "ok");
  const payload = slack.journal.deliveries("interactive")[0]?.payload as {
    response_url: string;
    message?: unknown;
  };
  expect(payload).toMatchObject({ container: { is_ephemeral: true } });
  expect(payload.message).toBeUndefined();
  await post(payload.response_url, { replace_original: true, text: "done" });
  expect(person.messages("gpu")).toMatchObject([{ text: "done", ephemeral: true }]);
  expect(person.messages("gpu")[0]).not.toHaveProperty("blocks");
  await post(payload.response_url, { delete_original: true });
  expect(person.messages("gpu")).toEqual([]);
});

test("users: known, guests, gone; the e-mail address needs its scope", async () => {
  slack.addUser({ id: "U0EVE", name: "eve", email: "eve@example.org", tz: "America/New_York" });
  expect(await client.users.info({ user: "U0EVE" })).toMatchObject({
    user: {
      id: "U0EVE",
      name: "eve",
      deleted: false,
      is_bot: false,
      is_restricted: false,
      tz: "America/New_York",
      tz_offset: -18_000,
    },
  });
  expect((await client.users.info({ user: "U0EVE" })).user?.profile).not.toHaveProperty("email");
  expect(await client.users.info({ user: "U0GUEST" })).toMatchObject({ user: { is_restricted: true } });
  expect(await errorOf(client.users.info({ user: "U0NOBODY" }))).toBe("user_not_found");
  const names: string[] = [];
  for await (const page of client.paginate("users.list", { limit: 2 }))
    names.push(...(page as unknown as { members: { name: string }[] }).members.map((m) => m.name));
  expect(names).toEqual(expect.arrayContaining(["ana", "ben", "guest", "eve", "berth"]));
});

test("files are uploaded, shown in the channel and downloaded with the token only", async () => {
  const png = Buffer.from("89504e470d0a1a0a", "hex");
  const done = await client.filesUploadV2({
    channel_id: gpu,
    file: png,
    filename: "plot.png",
    initial_comment: "loads",
  });
  const [shown] = slack.as(ana).messages("gpu");
  expect(shown).toMatchObject({
    text: "loads",
    files: [{ name: "plot.png", mimetype: "image/png", sizeBytes: 8 }],
  });
  const file = shown?.files?.[0];
  const page = await fetch(slack.url + file?.url);
  expect(Buffer.from(await page.arrayBuffer())).toEqual(png);
  const answer = await client.files.info({ file: file?.id ?? "" });
  const download = String((answer.file as { url_private: string }).url_private);
  expect((await fetch(download, { redirect: "manual" })).status).toBe(302);
  const allowed = await fetch(download, { headers: { authorization: `Bearer ${slack.botToken}` } });
  expect(Buffer.from(await allowed.arrayBuffer())).toEqual(png);
  await client.chat.postMessage({
    ...message,
    blocks: [{ type: "image", slack_file: { id: file?.id ?? "" }, alt_text: "loads" }],
  });
  expect(
    await errorOf(
      client.chat.postMessage({
        ...message,
        blocks: [{ type: "image", slack_file: { id: "F0NONE" }, alt_text: "a" }],
      }),
    ),
  ).toBe("invalid_blocks");
  expect(done.ok).toBe(true);
});

test("a manifest Slack would not take stops the start, with what is wrong", async () => {
  const commands = [{ command: "/Bad", description: "" }];
  const bad = {
    ...manifest,
    display_information: { name: "x".repeat(36) },
    features: { ...manifest.features, slash_commands: commands },
  };
  const start = startSlack({ manifest: bad });
  await expect(start).rejects.toThrow(/display_information\.name[\s\S]*slash_commands/);
});

test("a number of calls above Slack's rates gets 429 with Retry-After, and a minute later they pass", async () => {
  const strict = await startLab({ clock, rates: "slack" });
  const impatient = new WebClient(strict.botToken, {
    slackApiUrl: strict.apiUrl,
    rejectRateLimitedCalls: true,
    logger: silent,
  });
  const { ts } = await impatient.chat.postMessage(message);
  const update = () => impatient.chat.update({ channel: gpu, ts: ts ?? "", text: "a" });
  for (let calls = 0; calls < 50; calls += 1) await update();
  await expect(update()).rejects.toMatchObject({ retryAfter: 60 });
  clock.advance(60_000);
  expect(await update()).toMatchObject({ ok: true });
  await strict.close();
});

test("only loopback names are answered, so that no other site's page gets in", async () => {
  const { port } = new URL(slack.url);
  const { request } = await import("node:http");
  const status = await new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/person", headers: { host: "evil.example.org" } }, (r) =>
      resolve(r.statusCode),
    )
      .on("error", reject)
      .end();
  });
  expect(status).toBe(403);
  const form = await fetch(`${slack.url}/person/${ana}/type`, {
    method: "POST",
    body: new URLSearchParams({ channel: gpu, text: "hi" }),
  });
  expect(form.status).toBe(415);
});
