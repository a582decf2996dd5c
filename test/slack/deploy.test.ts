import { afterEach, beforeEach, expect, test } from "vitest";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

test("a command with flags acts at once: an answer where it was typed, and a card that becomes ready", async () => {
  const { ana } = desk;
  expect(await ana.type("/container-deploy vision --gpus 1 --hours 4", { channel: "gpu" })).toEqual({
    ok: true,
  });
  const answer = await ana.waitForMessage("gpu", "vision");
  expect(answer.ephemeral).toBe(true);
  const card = await ana.waitForMessage("dm", (message) =>
    wordsIn(message.blocks).includes("ssh -p 22000 ana@gpu1.example.org"),
  );
  const words = wordsIn(card.blocks);
  expect(words).toContain("ready");
  expect(words).toContain("GPU 0");
  expect(words).toContain("16 CPUs, 32 GB");
  expect(words).toContain("(4 h asked)");
  expect(words).toContain("SHA256:");
  expect(card.text).toContain("ssh -p 22000 ana@gpu1.example.org");
  expect(ana.messages("dm").filter((message) => message.text.includes("vision"))).toHaveLength(1);
});

test("a bare command opens the form with what is usual; submitting it makes the container", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy vision");
  const form = await ana.waitForModal((modal) => modal.submit !== undefined);
  expect(form.title.text).toBe("New container");
  const images = await ana.suggest("modal", "image", "python 3.11");
  expect(images.ok && images.options.map((option) => option.value)).toEqual(["house", "build my-own"]);
  expect(await ana.submit({ devices: "gpu:2", hours: "2.5" })).toEqual({ ok: true });
  expect(wordsIn(ana.modal()?.blocks)).toContain("vision");
  const card = await ana.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("ssh -p"));
  expect(wordsIn(card.blocks)).toContain("GPU 0 and GPU 1");
  expect(wordsIn(card.blocks)).toContain("2.5 h");
});

test("the same project again, typed: retired by one button, and the form has what was asked for", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "*vision* is ready:");
  await ana.type("/container-deploy vision --gpus 2 --hours 3");
  const refusal = await ana.waitForMessage("dm", "has a container already: it is running");
  expect(ana.confirmText(refusal, "Retire and deploy again")).toContain("Your files in /workspace stay.");
  await ana.click(refusal, "Retire and deploy again", { confirmed: true });
  const retiring = await ana.waitForMessage("dm", "is being retired. Deploy it again");
  expect(wordsIn(retiring.blocks)).toContain("The form has what you asked for in it already.");
  await ana.waitForMessage("dm", "*vision* is retired.");
  await ana.click(retiring, "Deploy vision");
  const form = await ana.waitForModal((modal) => modal.submit !== undefined);
  expect(form.state).toMatchObject({
    project: { project: { value: "vision" } },
    devices: { devices: { selected_option: { value: "gpu:2" } } },
    hours: { hours: { value: "3" } },
  });
  expect(await ana.submit()).toEqual({ ok: true });
  const card = await ana.waitForMessage("dm", "*vision* is ready:");
  expect(wordsIn(card.blocks)).toContain("GPU 0 and GPU 1");
});

test("the same project again, in the form, while it waits: it leaves the line, and is asked for anew", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy one --gpus 2");
  await ana.waitForMessage("dm", "*one* is ready:");
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "*vision* waits");
  await ana.type("/container-deploy");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  await ana.submit({ project: "vision", devices: "cpu", hours: "1" });
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("it is waiting in the line"));
  await ana.click("modal", "Retire and deploy again", { confirmed: true });
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("is retired. Deploy it again"));
  await ana.click("modal", "Deploy vision");
  const form = await ana.waitForModal(
    (modal) => modal.submit !== undefined && modal.title.text === "New container",
  );
  expect(form.state.devices).toMatchObject({ devices: { selected_option: { value: "cpu" } } });
  expect(await ana.submit()).toEqual({ ok: true });
  await ana.waitForMessage("dm", "*vision* is ready:");
});
