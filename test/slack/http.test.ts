import { createHmac } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** Signed HTTP instead of a socket: one test for each kind of payload. */

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk({ http: true });
});
afterEach(async () => {
  await desk.end();
});

test("a command", async () => {
  await desk.ana.type("/gpu-status", { channel: "gpu" });
  await desk.ana.waitForMessage("gpu", "4 of 4 GPUs are free.");
});

test("a button in a message", async () => {
  await desk.ana.type("/container-list");
  await desk.ana.click(await desk.ana.waitForMessage("dm", "You have no containers."), "New container");
  await desk.ana.waitForModal((modal) => modal.submit !== undefined);
});

test("a select that asks for its options", async () => {
  await desk.ana.type("/container-deploy");
  await desk.ana.waitForModal((modal) => modal.submit !== undefined);
  expect(await desk.ana.suggest("modal", "image", "PYTHON 3.11")).toMatchObject({
    ok: true,
    options: [{ value: "house" }, { value: "build my-own" }],
  });
  expect(await desk.ana.suggest("modal", "image", "fortran")).toMatchObject({
    ok: true,
    options: [{ value: "build my-own" }],
  });
});

test("a form: refused at its field, then taken", async () => {
  await desk.ana.type("/container-deploy vision");
  await desk.ana.waitForModal((modal) => modal.submit !== undefined);
  expect(await desk.ana.submit({ hours: "99" })).toMatchObject({
    ok: false,
    errors: { hours: expect.stringContaining("99 hours") },
  });
  expect(await desk.ana.submit({ hours: "1" })).toEqual({ ok: true });
  await desk.ana.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("ssh -p 22000"));
});

test("an event", async () => {
  await desk.ana.openHome();
  await desk.ana.waitForHome("My limits");
});

test("a wrong, an old and a missing signature are refused", async () => {
  const url = `http://127.0.0.1:${desk.room.httpPort}/slack/events`;
  const body = "command=%2Fgpu-status&user_id=UANA&team_id=T00SIMLAB&trigger_id=1.1";
  const now = Math.floor(Date.now() / 1000);
  const signed = (secret: string, seconds: number) => ({
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": String(seconds),
    "x-slack-signature": `v0=${createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex")}`,
  });
  const send = async (headers: Record<string, string>) =>
    (await fetch(url, { method: "POST", body, headers })).status;
  expect(await send(signed("another-secret", now))).toBe(401);
  expect(await send(signed("sim-signing-secret", now - 3600))).toBe(401);
  expect(await send({ "content-type": "application/x-www-form-urlencoded" })).toBe(401);
});
