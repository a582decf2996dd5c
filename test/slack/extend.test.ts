import { afterEach, beforeEach, expect, test } from "vitest";
import type { Extended } from "../../src/ends/extend.ts";
import { extend } from "../../src/ends/extend.ts";
import { extensions } from "../../src/ledger/end-tables.ts";
import { containerViews } from "../../src/ledger/queries/container-views.ts";
import { livingOfMember } from "../../src/ledger/queries/containers.ts";
import { armedEnds } from "../../src/ledger/queries/ends.ts";
import { extensionBudget } from "../../src/ledger/queries/extensions.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** Extending, as people do it: by typing, by buttons, twice at once, in vain. */

let desk: FrontDesk;
const hourMs = 3_600_000;

beforeEach(async () => {
  desk = await openDesk({ world: { clock: jumpingClock(), gpus: 1 } });
});
afterEach(async () => {
  await desk.end();
});

const card = (words: string, who: "ana" | "ben" = "ana") =>
  desk[who].waitForMessage("dm", (message) => !message.ephemeral && wordsIn(message.blocks).includes(words));

const answer = (words: string, who: "ana" | "ben" = "ana") =>
  desk[who].waitForMessage("dm", (message) => message.ephemeral && wordsIn(message.blocks).includes(words));

async function member(handle: string): Promise<ActiveMember> {
  const found = await desk.world.ledger.read((tx) => memberByHandle(tx, handle));
  if (!found) throw new Error(`there is no ${handle}`);
  return found as ActiveMember;
}

async function mine(handle = "ana") {
  const { id } = await member(handle);
  return desk.world.ledger.read(async (tx) => {
    const [container] = await livingOfMember(tx, id);
    const [view] = await containerViews(tx, [container?.id ?? -1]);
    if (!view) throw new Error(`${handle} has no container`);
    return { view, ends: await armedEnds(tx, view.container.id) };
  });
}

const endsAt = async () => (await mine()).ends[0]?.at.getTime() ?? 0;

async function running(flags = "--gpus 1 --hours 8") {
  await desk.ana.type(`/container-deploy vision ${flags}`);
  return card("ready");
}

/** Somebody waits for the only GPU. */
async function benWaits() {
  await desk.ben.type("/container-deploy speech --gpus 1");
  await card("waiting", "ben");
}

test("the card says when it ends; Extend 4 h moves it, costs nothing while nobody waits, and the card follows", async () => {
  const ready = await running();
  const before = await endsAt();
  expect(wordsIn(ready.blocks)).toContain(`<!date^${Math.floor(before / 1000)}^`);
  await desk.ana.click(ready, "Extend 4 h");
  const said = await answer("4 h later.");
  expect(wordsIn(said.blocks)).toContain("It costs nothing: nobody waits for what it holds.");
  expect(await endsAt()).toBe(before + 4 * hourMs);
  const after = await card(`<!date^${Math.floor(before / 1000) + 4 * 3600}^`);
  expect(after.ts).toBe(ready.ts);
  expect((await mine()).view.container.endsAt?.getTime()).toBe(before + 4 * hourMs);
  // Why? says it first, with the numbers.
  await desk.ana.type("/berth why vision");
  const why = wordsIn((await answer("ana extended it by 4 h")).blocks);
  expect(why).toContain("max runtime hours: 24");
  expect(why).toContain("someone waits: no");
});

test("it costs hours × GPUs where somebody waits for the same, and says what is left", async () => {
  await running();
  await benWaits();
  await desk.ana.type("/container-extend vision 6");
  const said = await answer("6 h later.");
  expect(wordsIn(said.blocks)).toContain(
    "It costs 6 GPU-hours (1 GPU) of your budget, because somebody waits for what it holds. 18 GPU-hours are left",
  );
  const ana = await member("ana");
  const { clock, ledger } = desk.world;
  const budget = () =>
    ledger.read((tx) => extensionBudget(tx, ana.id, { extension_gpu_h_per_7d: 24 }, clock.now()));
  const { used, left, refills } = await budget();
  expect({ used, left, refills: refills.map(({ gpuHours }) => gpuHours) }).toEqual({
    used: 6,
    left: 18,
    refills: [6],
  });
  (clock as ReturnType<typeof jumpingClock>).jump(7 * 24 * hourMs);
  expect(await budget()).toMatchObject({ used: 0, left: 24, refills: [] });
});

test("over the budget: the cost, what is left, the longest possible as a button", async () => {
  await desk.end();
  desk = await openDesk({
    world: { clock: jumpingClock(), gpus: 1, policy: "enrol: open\ndefaults: { extension_gpu_h_per_7d: 3 }" },
  });
  await running();
  await benWaits();
  const before = await endsAt();
  await desk.ana.type("/container-extend vision");
  const refused = await answer("Your budget does not let “vision” run 4 h longer");
  expect(wordsIn(refused.blocks)).toContain(
    "so 4 h cost 4 GPU-hours; you have 3 GPU-hours left of 3 GPU-hours in seven days.",
  );
  expect(await endsAt()).toBe(before);
  await desk.ana.click(refused, "Extend 3 h");
  await answer("3 h later.");
  expect(await endsAt()).toBe(before + 3 * hourMs);
});

test("over the budget an admin may be asked: who, why, yes; the end is moved and the budget is not charged", async () => {
  await desk.end();
  desk = await openDesk({
    world: { clock: jumpingClock(), gpus: 1, policy: "enrol: open\ndefaults: { extension_gpu_h_per_7d: 0 }" },
  });
  const { ana, dmitri } = desk;
  await running();
  await benWaits();
  const before = await endsAt();
  await ana.type("/container-extend vision 5");
  await ana.click(await answer("you have 0 GPU-hours left"), "Ask an admin");
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("5 h more for *vision*"));
  ana.fill({ reason: "the last epochs" });
  await ana.submit();
  const asked = await dmitri.waitForMessage("CADMINS", (message) =>
    wordsIn(message.blocks).includes("5 h more for vision"),
  );
  expect(wordsIn(asked.blocks)).toContain("the last epochs");
  expect(await endsAt()).toBe(before);
  await Promise.all([dmitri.click(asked, "Approve"), dmitri.click(asked, "Approve")]);
  const told = await card("dmitri said yes");
  expect(wordsIn(told.blocks)).toContain("It costs nothing of your budget");
  expect(await endsAt()).toBe(before + 5 * hourMs);
  const rows = await desk.world.ledger.read((tx) => tx.select().from(extensions));
  expect(rows).toMatchObject([
    { hours: 5, chargedGpuHours: 0, actor: `member:${(await member("dmitri")).id}` },
  ]);
});

test("a second press, of an old button, moves nothing and says when it ends", async () => {
  const ready = await running();
  const before = await endsAt();
  await Promise.all([desk.ana.click(ready, "Extend 4 h"), desk.ana.click(ready, "Extend 4 h")]);
  await answer("4 h later.");
  await answer("The end of “vision” was moved already");
  expect(await endsAt()).toBe(before + 4 * hourMs);
});

test.each([
  ["/container-extend vision lots", "The hours must be a number, such as 4 or 0.5."],
  ["/container-extend vision 0", "a quarter of an hour or more"],
  ["/container-extend vision -1", "a quarter of an hour or more"],
  ["/container-extend vision NaN", "The hours must be a number"],
  ["/container-extend vision 1e9", "can be extended by 16 h at most"],
  ["/container-extend vision 1000", "can be extended by 16 h at most"],
  ["/container-extend vison", "Did you mean “vision”?"],
  ["/container-extend", "The project is missing."],
  ["/container-extend speech", "You have no container called “speech”."],
])("%s: a plain answer", async (typed, words) => {
  await running();
  const before = await endsAt();
  await desk.ana.type(typed);
  await answer(words);
  expect(await endsAt()).toBe(before);
});

test("what does not run has no end to move: stopped, waiting", async () => {
  const ready = await running();
  await benWaits();
  await desk.ben.type("/container-extend speech");
  await answer("does not run yet: its hours count from when it does.", "ben");
  await desk.ana.click(ready, "Stop", { confirmed: true });
  await card("stays yours until");
  await desk.ana.type("/container-extend vision");
  const refused = await answer("is stopped, so there is no end to move. ana stopped it.");
  expect(wordsIn(refused.blocks)).toContain("Run it again and it gets new hours.");
});

test("somebody else's button, and forged hours, get no further than typed words do", async () => {
  const ready = await running();
  const before = await endsAt();
  const { slack } = desk;
  await desk.ana.click(ready, "Extend 4 h");
  await answer("4 h later.");
  const [press] = slack.journal.deliveries("interactive");
  let presses = 0;
  const forged = (user: string, value: object) =>
    slack.deliver("interactive", {
      ...press?.payload,
      user: { ...(press?.payload.user as object), id: user },
      actions: [
        {
          type: "button",
          block_id: "b",
          action_id: "extend-container",
          action_ts: `2.${presses++}`,
          value: JSON.stringify(value),
        },
      ],
    });
  const { view, ends } = await mine();
  const about = { containerId: view.container.id, endId: ends[0]?.id };
  await forged("UBEN", { ...about, hours: 4 });
  // The answer goes back the way the press came.
  await answer("That container is no longer there.");
  await forged("UANA", { ...about, hours: 400 });
  await answer("can be extended by 12 h at most");
  await forged("UANA", { ...about, hours: -3 });
  await answer("a quarter of an hour or more");
  await forged("UANA", { ...about, hours: "4" });
  await answer("This button is from another time");
  expect(await endsAt()).toBe(before + 4 * hourMs);
});

test("two extensions with budget for one: exactly one has it, whichever commits first", async () => {
  await desk.end();
  desk = await openDesk({
    world: { clock: jumpingClock(), gpus: 1, policy: "enrol: open\ndefaults: { extension_gpu_h_per_7d: 5 }" },
  });
  await running();
  await benWaits();
  const before = await endsAt();
  const ana = await member("ana");
  const one = (requestId: string) =>
    extend(desk.world, { by: ana, which: { project: "vision" }, hours: 4, requestId }).catch(
      (error: Error) => error,
    );
  const both = await Promise.all([one("first"), one("second")]);
  expect(both.filter((outcome) => outcome instanceof Error)).toMatchObject([
    { reason: "over-extension-budget" },
  ]);
  expect(await endsAt()).toBe(before + 4 * hourMs);
  const rows = await desk.world.ledger.read((tx) => tx.select().from(extensions));
  expect(rows.map(({ chargedGpuHours }) => chargedGpuHours)).toEqual([4]);
  // Asked again with the same request id it is the same extension.
  const done = rows[0]?.requestId ?? "";
  const again = (await one(done)) as Extended;
  expect(again.endsAt.getTime()).toBe(before + 4 * hourMs);
  expect(again.cost).toContain("It costs 4 GPU-hours");
  expect(await desk.world.ledger.read((tx) => tx.select().from(extensions))).toHaveLength(1);
});
