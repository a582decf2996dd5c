import { afterEach, beforeEach, expect, test } from "vitest";
import { ownContainers } from "../../src/containers/list.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrYPx0Kmb3/2C7n8kKCrV3BqzYoMYSwBE1sG1pZb4mR ana@laptop";

async function openDeployForm(words = "") {
  await desk.ana.type(`/container-deploy ${words}`.trim());
  return await desk.ana.waitForModal((modal) => modal.submit !== undefined);
}

/** From now on, and for so long, nobody else can write. Resolves to what resolves when it is over. */
async function holdLedger(milliseconds: number): Promise<{ over: Promise<void> }> {
  const held = Promise.withResolvers<void>();
  const over = desk.world.ledger.write(async () => {
    held.resolve();
    await desk.world.clock.sleep(milliseconds);
  });
  await held.promise;
  return { over };
}

test("the form opens with what was given, and what is usual for the rest", async () => {
  const form = await openDeployForm("vision");
  expect(form.state.project?.project).toMatchObject({ value: "vision" });
  expect(form.state.image?.image).toMatchObject({ selected_option: { value: "house" } });
  expect(form.state.devices?.devices).toMatchObject({ selected_option: { value: "gpu:1" } });
  expect(form.state.hours?.hours).toMatchObject({ value: "8" });
});

test("only what the member may have and the machine has is offered", async () => {
  const form = await openDeployForm();
  const devices = form.blocks.find((block) => block.block_id === "devices");
  const { options } = (devices?.element ?? { options: [] }) as {
    options: { value: string; text: { text: string } }[];
  };
  expect(options.map(({ value }) => value)).toEqual(["gpu:1", "gpu:2", "cpu"]);
  expect(options[0]?.text.text).toBe("1 GPU (A100-SXM4, 40 GB)");
});

test("all that is wrong is shown at once, each at its field, and the form can be sent again", async () => {
  const { ana } = desk;
  await openDeployForm("vision");
  expect(await ana.submit({ hours: "soon" })).toMatchObject({
    ok: false,
    errors: { hours: "The hours must be a number, such as 8 or 0.5." },
  });
  expect(await ana.submit({ project: "Meine Vision", hours: "8" })).toMatchObject({ ok: false });
  expect(ana.modal()?.errors.project).toContain("for example “meine-vision”");
  expect(await ana.submit({ project: "meine-vision", hours: "99" })).toMatchObject({ ok: false });
  expect(ana.modal()?.errors.hours).toContain("99 hours are more than you may ask for");
  expect(await ana.submit({ hours: "1" })).toEqual({ ok: true });
  await ana.waitForMessage("dm", "*meine-vision* is ready");
});

test("what belongs to no field stands above the form, which keeps what was filled in", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "*vision* is ready");
  await openDeployForm("vision");
  expect(await ana.submit({ hours: "3" })).toEqual({ ok: true });
  const form = await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("has a container already"));
  expect(form.state.hours?.hours).toMatchObject({ value: "3" });
  expect(wordsIn(form.blocks)).toContain("Open it");
  expect(await ana.submit({ project: "speech" })).toEqual({ ok: true });
  await ana.waitForMessage("dm", "*speech* is ready");
});

test("forged choices are judged by the rules, not by the form", async () => {
  const { ana, slack } = desk;
  await openDeployForm("vision");
  await ana.submit({ hours: "soon" });
  const real = slack.journal.deliveries("interactive").at(-1)?.payload as {
    view: { state: { values: Record<string, unknown> } };
  };
  const { view } = real;
  const forged = {
    ...real,
    view: {
      ...view,
      state: {
        values: {
          project: { project: { type: "plain_text_input", value: "vision" } },
          image: { image: { type: "external_select", selected_option: { value: "house" } } },
          devices: { devices: { type: "static_select", selected_option: { value: "gpu:400" } } },
          hours: { hours: { type: "plain_text_input", value: "8" } },
        },
      },
    },
  };
  expect(await slack.deliver("interactive", forged)).toMatchObject({
    ok: true,
    payload: {
      response_action: "errors",
      errors: { devices: expect.stringContaining("There are at most 4 GPUs") },
    },
  });
  const other = { ...forged, user: { id: "UBEN", username: "ben", team_id: slack.teamId } };
  expect(await slack.deliver("interactive", other)).toMatchObject({
    ok: true,
    payload: { response_action: "errors" },
  });
  for (const metadata of ["", "{", '{"key":"x"}', '{"key":"12345678","params":7}'])
    expect(
      await slack.deliver("interactive", { ...real, view: { ...view, private_metadata: metadata } }),
    ).toMatchObject({
      ok: true,
      payload: { response_action: "update" },
    });
});

test("a ledger that is slow: the form says that it is working on it, and then what became of it", async () => {
  const { ana } = desk;
  await openDeployForm("vision");
  const { over } = await holdLedger(4_000);
  const submitted = ana.submit();
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("Working"));
  expect(await submitted).toEqual({ ok: true });
  await over;
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("*vision* is starting"));
  await ana.waitForMessage("dm", "*vision* is ready");
});

test("a ledger that is slow, and then a refusal: the form is back with the reason and what was filled in", async () => {
  const { ana } = desk;
  await openDeployForm("vision");
  const { over } = await holdLedger(2_600);
  expect(await ana.submit({ hours: "99" })).toEqual({ ok: true });
  await over;
  const form = await ana.waitForModal((modal) =>
    wordsIn(modal.blocks).includes("99 hours are more than you may ask for"),
  );
  expect(form.state.hours?.hours).toMatchObject({ value: "99" });
  expect(form.state.project?.project).toMatchObject({ value: "vision" });
});

test("a newcomer: welcome, user name, an admin's yes, a key, a container", async () => {
  await desk.end();
  desk = await openDesk({ world: { policy: "enrol: ask" } });
  const { eve, dmitri, world } = desk;
  await eve.type("/limits");
  const welcome = await eve.waitForMessage("dm", "Welcome, eve.");
  await eve.click(welcome, "Choose my user name");
  const form = await eve.waitForModal((modal) => modal.submit !== undefined);
  expect(form.state.handle?.handle).toMatchObject({ value: "eve" });
  expect(await eve.submit({ handle: "root" })).toMatchObject({ ok: false });
  expect(await eve.submit({ handle: "ana" })).toMatchObject({ ok: false });
  expect(eve.modal()?.errors.handle).toContain("is taken");
  expect(await eve.submit({ handle: "evelyn" })).toEqual({ ok: true });
  expect(wordsIn(eve.modal()?.blocks)).toContain("An admin has been asked to let you in.");
  await eve.close();

  await eve.type("/container-deploy vision --gpus 1");
  await eve.waitForMessage("dm", "has not answered yet");

  const ask = await dmitri.waitForMessage("admins", "asks to join as `evelyn`");
  expect(await desk.ben.click(ask, "approve-member", { stale: true })).toEqual({ ok: true });
  await desk.ben.waitForMessage("admins", "Only admins can do that.");
  await dmitri.select(
    ask,
    "approve-member:other",
    JSON.stringify({
      m: (await world.ledger.read((tx) => memberByHandle(tx, "evelyn")))?.id,
      g: "researcher",
    }),
  );
  const answered = await dmitri.waitForMessage("admins", "let <@UEVE> in as");
  expect(answered.ts).toBe(ask.ts);
  expect(JSON.stringify(answered.blocks)).not.toContain("button");
  await dmitri.click(ask, "decline-member", { stale: true });
  await dmitri.waitForMessage("admins", "eve was let in already, as researcher.");

  const told = await eve.waitForMessage("dm", "Welcome aboard.");
  await eve.click(told, "Add an SSH key");
  await eve.waitForModal((modal) => modal.submit !== undefined);
  expect(await eve.submit({ key: "-----BEGIN OPENSSH PRIVATE KEY-----" })).toMatchObject({ ok: false });
  expect(await eve.submit({ key: publicKey })).toEqual({ ok: true });
  await eve.click("modal", "New container");
  await eve.waitForModal((modal) => modal.title.text === "New container" && modal.submit !== undefined);
  expect(await eve.submit({ project: "vision" })).toEqual({ ok: true });
  await eve.waitForMessage("dm", "ssh -p 22000 evelyn@gpu1.example.org");
});

test("keys: listed, added again without effect, removed", async () => {
  const { ana } = desk;
  await ana.type(`/ssh-key add ${publicKey}`);
  await ana.waitForMessage("dm", "is in: it opens all your containers");
  await ana.type(`/ssh-key ${publicKey}`);
  await ana.type("/ssh-key");
  const list = await ana.waitForMessage("dm", "You have 2 SSH keys here.");
  expect(wordsIn(list.blocks)).toContain("ana@laptop");
  const removeSecond = (list.blocks ?? []).filter((block) => block.accessory !== undefined).at(1);
  expect(await ana.click(list, `${removeSecond?.block_id}/remove-key`)).toMatchObject({
    ok: false,
    error: "confirm_needed",
  });
  await ana.click(list, `${removeSecond?.block_id}/remove-key`, { confirmed: true });
  await ana.waitForMessage("dm", "is removed");
  await ana.type("/ssh-key remove 7");
  await ana.waitForMessage("dm", "There is no key number 7.");
  await ana.type("/ssh-key remove 1");
  await ana.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("You have no key left"));
});

test("nobody's container was made by what was refused", async () => {
  const { world } = desk;
  await openDeployForm("vision");
  await desk.ana.submit({ hours: "99" });
  const ana = await world.ledger.read((tx) => memberByHandle(tx, "ana"));
  expect(await ownContainers(world, ana ?? { id: 0 })).toEqual([]);
});

test("a form that is closed while it is still being filled is no fault", async () => {
  const { ana, slack } = desk;
  slack.faults.next("views.update", { error: "not_found" });
  await ana.type("/container-deploy");
  await ana.waitForModal();
  await ana.close({ all: true });
  await slack.waitFor(() => slack.journal.calls("views.update").length > 0);
  await ana.type("/limits");
  await ana.waitForMessage("dm", /GPU/);
  expect(wordsIn(ana.messages("dm"))).not.toContain("broke");
});

test("too late for a window: what was done by a button in one is told in the DM", async () => {
  const { ana, slack } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "is ready");
  await ana.type("/container-retire vision");
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("Retire *vision*?"));
  slack.faults.next("views.push", { error: "expired_trigger_id", times: 2 });
  await ana.click("modal", "Retire", { confirmed: true });
  await ana.waitForMessage("dm", ({ text }) => text.startsWith("*vision* is being retired. Your files"));
});
