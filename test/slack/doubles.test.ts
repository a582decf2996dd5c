import { afterEach, beforeEach, expect, test } from "vitest";
import { ownContainers } from "../../src/containers/list.ts";
import { seenKeys } from "../../src/ledger/bot-tables.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { containers } from "../../src/ledger/schema.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** Whatever arrives twice, late, or from somebody else: a plain answer, and no effect beyond the right one. */

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

const living = async (handle: string) => {
  const { world } = desk;
  const member = await world.ledger.read((tx) => memberByHandle(tx, handle));
  return ownContainers(world, member ?? { id: -1 });
};

async function running(project: string) {
  const { ana } = desk;
  await ana.type(`/container-deploy ${project} --gpus 1`);
  return await ana.waitForMessage("dm", (message) => message.text.startsWith(`*${project}* is ready`));
}

test("a slash command delivered twice makes one container and is answered once", async () => {
  const { slack, ana } = desk;
  slack.faults.deliverTwice(1);
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "is ready");
  expect(await living("ana")).toHaveLength(1);
  const answers = ana.messages("dm").filter((message) => message.ephemeral);
  expect(answers).toHaveLength(1);
});

test("a command that was acted on before a restart is not acted on again", async () => {
  const { slack, ana } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "is ready");
  const [first] = slack.journal.deliveries("slash_commands");
  await desk.restartRoom();
  const told = answersTo(slack, "vision").length;
  expect(await slack.deliver("slash_commands", first?.payload ?? {})).toMatchObject({ ok: true });
  // What comes after it is answered: so it was not merely slow.
  await ana.type("/limits");
  await ana.waitForMessage("dm", "Your limits");
  expect(await living("ana")).toHaveLength(1);
  expect(answersTo(slack, "vision").length).toBe(told);
});

test("no trigger is kept in the ledger", async () => {
  const { slack, ana, world } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "is ready");
  const trigger = String(slack.journal.deliveries("slash_commands")[0]?.payload.trigger_id);
  const keys = await world.ledger.read((tx) => tx.select().from(seenKeys));
  const rows = await world.ledger.read((tx) => tx.select().from(containers));
  expect(keys.length).toBeGreaterThan(0);
  expect(JSON.stringify([keys, rows])).not.toContain(trigger);
});

test("a form submitted by two clicks at once makes one container", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy vision");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  const [first, second] = await Promise.all([ana.submit(), ana.submit().catch((error: Error) => error)]);
  expect(first).toMatchObject({ ok: true });
  expect(second).toBeDefined();
  expect(await living("ana")).toHaveLength(1);
});

test("a form delivered twice is done once and answered alike", async () => {
  const { slack, ana } = desk;
  await ana.type("/container-deploy vision");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  slack.faults.deliverTwice(1);
  expect(await ana.submit()).toEqual({ ok: true });
  await ana.waitForMessage("dm", "is ready");
  expect(await living("ana")).toHaveLength(1);
  expect(wordsIn(ana.modal()?.blocks)).toContain("*vision* is starting");
});

test("a double click on Stop stops once", async () => {
  const { slack, ana } = desk;
  const card = await running("vision");
  const clicks = await Promise.all([
    ana.click(card, "Stop", { confirmed: true, stale: true }),
    ana.click(card, "Stop", { confirmed: true, stale: true }),
  ]);
  expect(clicks).toEqual([{ ok: true }, { ok: true }]);
  await ana.waitForMessage("dm", "is stopped");
  expect(await living("ana")).toHaveLength(1);
  expect(answersTo(slack, "Something broke")).toEqual([]);
});

test("a stale button is answered plainly with what is so", async () => {
  const { ana } = desk;
  const card = await running("vision");
  await ana.type("/container-stop vision");
  await ana.waitForMessage("dm", "is stopped");
  await ana.click(card, "Stop", { confirmed: true, stale: true });
  const answer = await ana.waitForMessage(
    "dm",
    (message) => message.ephemeral && message.text.includes("stopped already"),
  );
  expect(wordsIn(answer.blocks)).toContain("“vision” is stopped already.");
});

test("another member's button does nothing and is answered as if the container did not exist", async () => {
  const { slack, ana, ben } = desk;
  const card = await running("vision");
  const [view] = await living("ana");
  for (const [i, action] of [
    "stop-container",
    "retire-container",
    "run-container",
    "open-card",
    "ssh-config",
    "free-gpu",
    "ask-why",
    "leave-line",
    "cant-connect",
  ].entries()) {
    // A new response_url each time: one serves five answers.
    await ana.click(card, "Why?");
    await ana.waitForModal((modal) => modal.title.text === "Why?");
    const fresh = slack.journal.deliveries("interactive").at(-1);
    const before = answersTo(slack, "That container is no longer there.").length;
    const value = JSON.stringify({ containerId: view?.container.id });
    const ack = await slack.deliver("interactive", {
      ...fresh?.payload,
      user: { id: ben.id, username: "ben", team_id: slack.teamId },
      actions: [{ type: "button", block_id: "b", action_id: action, action_ts: `1.${i}`, value }],
    });
    expect(ack.ok).toBe(true);
    await desk.world.until(
      async () => answersTo(slack, "That container is no longer there.").length > before,
      `a plain answer to ${action}`,
    );
    await ana.close({ all: true });
  }
  expect((await living("ana"))[0]?.container).toMatchObject({ state: "running", wanted: "running" });
});

test("ids and values in a payload are hints: forged, broken and missing ones have no effect", async () => {
  const { slack, ana } = desk;
  const card = await running("vision");
  await ana.click(card, "Why?");
  const real = slack.journal.deliveries("interactive").at(0);
  const forged = [
    "",
    "{",
    "null",
    '{"containerId":"1 or 1=1"}',
    '{"containerId":-1}',
    '{"containerId":1e99}',
    '{"__proto__":{}}',
    undefined,
  ];
  for (const [i, value] of forged.entries()) {
    await slack.deliver("interactive", {
      ...real?.payload,
      actions: [{ type: "button", block_id: "b", action_id: "stop-container", action_ts: `2.${i}`, value }],
    });
  }
  await slack.deliver("interactive", {
    ...real?.payload,
    actions: [{ type: "button", block_id: "b", action_id: "drop-tables", action_ts: "3.1", value: "{}" }],
  });
  await desk.world.until(
    async () => answersTo(slack, "This button is from another time").length >= forged.length + 1,
    "as many plain answers",
  );
  expect((await living("ana"))[0]?.container).toMatchObject({ state: "running", wanted: "running" });
});

test("a person of another workspace, a guest and a bot are refused, whatever they send", async () => {
  const { slack, ana } = desk;
  await running("vision");
  await ana.type("/gpu-status");
  const real = slack.journal.deliveries("slash_commands").at(-1);
  await slack.deliver("slash_commands", { ...real?.payload, team_id: "T0OTHER", trigger_id: "1.forged" });
  await slack.as("UGUEST").type("/container-deploy vision --gpus 1");
  await slack.deliver("slash_commands", {
    ...real?.payload,
    user_id: slack.botUserId,
    trigger_id: "2.forged",
  });
  await desk.world.until(
    async () => answersTo(slack, "another Slack workspace").length >= 1,
    "the stranger's answer",
  );
  await desk.world.until(
    async () => answersTo(slack, "Guests of this workspace").length >= 1,
    "the guest's answer",
  );
  await desk.world.until(async () => answersTo(slack, "bots can't use the").length >= 1, "the bot's answer");
});

/** Posts to response_urls, messages and views that say it and that Slack took. */
function answersTo(slack: FrontDesk["slack"], words: string) {
  const { journal } = slack;
  return [...journal.calls(), ...journal.responds()].filter(
    (one) => one.status === 200 && JSON.stringify(one).includes(words),
  );
}
