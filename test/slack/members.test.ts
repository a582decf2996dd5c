import { afterAll, beforeAll, expect, test } from "vitest";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { openOverrides } from "../../src/ledger/queries/overrides.ts";
import { openPetitions } from "../../src/ledger/queries/petitions.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { setOverride } from "../../src/members/overrides.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** Limits, who asks for more of them, and who may set them: as members, as admins, and as people with bad intentions. */

let desk: FrontDesk;
let dmitri: ActiveMember;

beforeAll(async () => {
  desk = await openDesk();
  dmitri = await named("dmitri");
});
afterAll(async () => {
  await desk.end();
});

const named = async (handle: string) =>
  (await desk.world.ledger.read((tx) => memberByHandle(tx, handle))) as ActiveMember;
const overridesOf = async (handle: string) => {
  const { id } = await named(handle);
  return (await desk.world.ledger.read((tx) => openOverrides(tx, id))).map(({ key, value }) => [
    key,
    value.to,
  ]);
};
const petitionsOf = async (handle: string) => {
  const { id } = await named(handle);
  return await desk.world.ledger.read((tx) => openPetitions(tx, id));
};
const inDays = (days: number) => String(Math.floor(desk.world.clock.now().getTime() / 1000) + days * 86_400);

type Person = FrontDesk["ana"];

async function answerTo(line: string, who: Person) {
  const before = new Set(who.messages("gpu").map(({ ts }) => ts));
  expect(await who.type(line, { channel: "gpu" })).toEqual({ ok: true });
  return await who.waitForMessage("gpu", (message) => message.ephemeral && !before.has(message.ts));
}

async function openAskMore(who: Person) {
  const answer = await answerTo("/limits", who);
  await who.click(answer, "Ask for more");
  return who.waitForModal((modal) => modal.submit !== undefined);
}

const petitionTo = (who: Person, words: string) =>
  who.waitForMessage("admins", (message) => wordsIn(message.blocks).includes(words));

async function openPage(handle: string, who: Person = desk.dmitri) {
  while (who.modal()) await who.close();
  await who.click(await answerTo(`/berth members ${handle}`, who), "Open");
  return who.waitForModal(
    (modal) => modal.title.text === handle && wordsIn(modal.blocks).includes("Exemptions"),
  );
}

test("/limits shows bars, and where each limit comes from", async () => {
  const words = wordsIn((await answerTo("/limits", desk.ana)).blocks);
  expect(words).toContain("*Your limits*, group *student*");
  expect(words).toMatch(/`GPUs {7}` {2}▱{10} {2}0 of 2 {2}· {2}_group student_/);
  expect(words).toMatch(/`Containers ` {2}▱{10} {2}0 of 3 {2}· {2}_default_/);
  expect(words).toContain("`Longest run`  24 h  ·  _default_");
});

test("Ask for more: every admin is asked, one approves, both hear of it, and /limits says where it comes from", async () => {
  const { ana, dmitri } = desk;
  await openAskMore(ana);
  const reason = "The paper's *deadline* <!channel> is <https://evil.example|here> & `soon`";
  expect(await ana.submit({ limit: "max_gpu_equivalents", value: "4", until: inDays(7), reason })).toEqual({
    ok: true,
  });
  expect(wordsIn(ana.modal()?.blocks)).toContain("An admin has been asked.");
  const asked = await petitionTo(dmitri, "GPUs at once: 4");
  const words = wordsIn(asked.blocks);
  expect(words).toContain("asks for more: *GPUs at once: 4*, until");
  expect(words).toContain("&lt;!channel&gt;");
  expect(words).not.toContain("<!channel>");
  expect(words).not.toContain("<https://evil");

  await dmitri.click(asked, "Approve");
  const done = await petitionTo(dmitri, "granted what <@UANA> asked for");
  expect(done.ts).toBe(asked.ts);
  expect(JSON.stringify(done.blocks)).not.toContain("Approve");
  await ana.waitForMessage("dm", (message) =>
    wordsIn(message.blocks).includes("dmitri said yes. GPUs at once: 4"),
  );
  const limits = wordsIn((await answerTo("/limits", ana)).blocks);
  expect(limits).toMatch(/`GPUs {7}` {2}▱{10} {2}0 of 4 {2}· {2}_set for you_/);
  expect(limits).toContain("*GPUs at once: 4*, until <!date");
  expect(limits).toContain("because “The paper's *deadline* &lt;!channel&gt;");
  await ana.close({ all: true });
});

test("declined: the member hears who, and the admins' message says so", async () => {
  const { ben, dmitri } = desk;
  await openAskMore(ben);
  await ben.submit({ limit: "max_containers", value: "9", until: inDays(1), reason: "many small things" });
  await dmitri.click(await petitionTo(dmitri, "containers at once: 9"), "Decline");
  await petitionTo(dmitri, "declined what <@UBEN> asked for");
  await ben.waitForMessage("dm", (message) =>
    wordsIn(message.blocks).includes("dmitri declined what you asked for"),
  );
  expect(await overridesOf("ben")).toEqual([]);
  await ben.close({ all: true });
});

test("what is wrong is shown at its field: dates in the past, words for numbers, what one has already", async () => {
  const { ben } = desk;
  await openAskMore(ben);
  const fine = { limit: "max_images", value: "9", until: inDays(1), reason: "many images" };
  const wrong: [Record<string, string>, string, string][] = [
    [{ value: "lots" }, "value", "it must be a whole number, or “unlimited”."],
    [{ value: "-4" }, "value", "it must be a whole number"],
    [{ value: "1e9" }, "value", "it must be a whole number"],
    [{ value: "NaN" }, "value", "it must be a whole number"],
    [{ value: "5" }, "value", "You may have that already: images: 5."],
    [{ until: "1000000000" }, "until", "That time is over already."],
  ];
  for (const [more, field, sentence] of wrong) {
    expect(await ben.submit({ ...fine, ...more })).toMatchObject({ ok: false });
    expect(ben.modal()?.errors[field]).toContain(sentence);
  }
  await ben.close();
  expect(await petitionsOf("ben")).toEqual([]);
});

test("forged values are judged by the rules: other limits, no dates, reasons without end, others' forms", async () => {
  const { ben, slack } = desk;
  await openAskMore(ben);
  await ben.submit({ limit: "max_images", value: "no", until: inDays(1), reason: "why" });
  const real = slack.journal.deliveries("interactive").at(-1)?.payload as {
    view: { state: { values: Record<string, unknown> } };
  };
  const send = (values: Record<string, unknown>) =>
    slack.deliver("interactive", { ...real, view: { ...real.view, state: { values } } });
  const filled = (limit: string, until: unknown, reason: string, value = "9") => ({
    limit: { limit: { type: "static_select", selected_option: { value: limit } } },
    value: { value: { type: "plain_text_input", value } },
    until: { until: { type: "datetimepicker", selected_date_time: until } },
    reason: { reason: { type: "plain_text_input", value: reason } },
  });
  const soon = Number(inDays(1));
  for (const [values, field] of [
    [filled("sudo", soon, "why", "yes"), "limit"],
    [filled("constructor", soon, "why"), "limit"],
    [filled("max_images", null, "why"), "until"],
    [filled("max_images", -5, "why"), "until"],
    [filled("max_images", 1e13, "why"), "until"],
    [filled("max_images", soon, "y".repeat(2000)), "reason"],
    [filled("max_images", soon, "why", "9".repeat(400)), "value"],
  ] as const)
    expect(await send(values)).toMatchObject({
      ok: true,
      payload: { response_action: "errors", errors: { [field]: expect.any(String) } },
    });
  expect(await petitionsOf("ben")).toEqual([]);
  await ben.close();
});

test("the longest reason there may be, full of markup, is within Slack's limits wherever it stands", async () => {
  const { ben, dmitri } = desk;
  await openAskMore(ben);
  const reason = "<&>*_~`".repeat(80).slice(0, 500);
  expect(await ben.submit({ limit: "cpus", value: "64", until: inDays(1), reason })).toEqual({ ok: true });
  await ben.close({ all: true });
  const page = await openPage("ben");
  expect(wordsIn(page.blocks)).toContain("CPUs of a container: 64");
  await dmitri.click("modal", "Approve");
  await dmitri.waitForModal((modal) => !wordsIn(modal.blocks).includes("Approve"));
  expect(await overridesOf("ben")).toEqual([["cpus", 64]]);
  expect(wordsIn((await answerTo("/limits", ben)).blocks)).toContain("*CPUs of a container: 64*");
  await dmitri.close({ all: true });
});

test("a member who presses Approve, or any of the admins' buttons with forged ids, changes nothing", async () => {
  const { ben, ana, slack } = desk;
  await openAskMore(ana);
  await ana.submit({ limit: "max_waiting", value: "9", until: inDays(1), reason: "a sweep" });
  await ana.close({ all: true });
  const asked = await petitionTo(desk.dmitri, "requests in the line: 9");
  const [petition] = await petitionsOf("ana");
  const target = await named("ana");
  await desk.dmitri.click(await answerTo("/berth members dmitri", desk.dmitri), "Open");
  const real = slack.journal.deliveries("interactive").at(-1)?.payload as Record<string, unknown>;
  const press = (action_id: string, value: unknown, user = "UBEN") =>
    slack.deliver("interactive", {
      ...real,
      trigger_id: undefined,
      // Answered by a message to whoever presses.
      response_url: undefined,
      user: { id: user, username: "ben", team_id: slack.teamId },
      actions: [
        {
          type: "button",
          action_id,
          block_id: "b",
          action_ts: `${desk.world.clock.now().getTime()}.${action_id}`,
          value: JSON.stringify(value),
        },
      ],
    });
  const before = ben.messages("dm").length;
  await press("grant-petition", { petitionId: petition?.id });
  await press("decline-petition", { petitionId: petition?.id });
  await press("move-to-group", { m: target.id, g: "admin", seen: "student" });
  await press("end-override", { memberId: target.id, overrideId: 1 });
  await press("end-exemption", { memberId: target.id, exemptionId: 1 });
  await press("grant-petition", { petitionId: 99_999 }, "UDMITRI");
  await press("grant-petition", { petitionId: "1; drop table petitions" }, "UDMITRI");
  await press("move-to-group", { m: 99_999, g: "student", seen: null }, "UDMITRI");
  await desk.slack.waitFor(() => ben.messages("dm").length >= before + 5, 10_000, "all to be answered");
  expect((await petitionsOf("ana")).map(({ state }) => state)).toEqual(["open"]);
  expect((await named("ana")).group).toBe("student");
  expect(await overridesOf("ana")).toEqual([["max_gpu_equivalents", 4]]);
  expect(wordsIn(asked.blocks)).toContain("Approve");
  await desk.dmitri.close({ all: true });
});

test("/berth members is for admins: found by name or group, paged within Slack's limits", async () => {
  expect((await answerTo("/berth members", desk.ana)).text).toContain("Only admins can do that.");
  for (let i = 10; i < 45; i++) await desk.world.member(`guest${i}`, "researcher");
  const first = await answerTo("/berth members", desk.dmitri);
  const known = Number(/^(\d+) people are known to me\./.exec(first.text)?.[1]);
  expect(known).toBeGreaterThanOrEqual(38);
  expect(wordsIn(first.blocks)).toContain(`1 to 15 of ${known}`);
  await desk.dmitri.click(first, "More");
  await desk.slack.waitFor(
    () => desk.dmitri.messages("gpu").some(({ blocks }) => wordsIn(blocks).includes(`16 to 30 of ${known}`)),
    10_000,
    "the second page",
  );
  expect((await answerTo("/berth members researcher", desk.dmitri)).text).toContain(
    "35 people for “researcher”",
  );
  expect((await answerTo("/berth members <@UANA>", desk.dmitri)).text).toContain("1 person for");
  expect(wordsIn((await answerTo("/berth members zebra", desk.dmitri)).blocks)).toContain(
    "Nobody fits “zebra”.",
  );
});

test("a member's page: group, limits with an end and a reason, exemptions, each told once", async () => {
  const { dmitri, ana } = desk;
  const page = await openPage("guest10");
  expect(wordsIn(page.blocks)).toContain("None: their group's limits count.");
  await dmitri.select(
    "modal",
    "move-to-group",
    JSON.stringify({ m: (await named("guest10")).id, g: "faculty", seen: "researcher" }),
  );
  await desk.slack.waitFor(async () => (await named("guest10")).group === "faculty", 10_000, "the group");

  await openPage("ana");
  await dmitri.click("modal", "Set a limit");
  await dmitri.waitForModal((modal) => modal.submit !== undefined);
  expect(await dmitri.submit({ limit: "max_runtime_h", value: "unlimited", reason: "x" })).toMatchObject({
    ok: false,
  });
  expect(dmitri.modal()?.errors.value).toContain("it must be a number above 0");
  expect(await dmitri.submit({ value: "48", until: "1000000000" })).toMatchObject({ ok: false });
  expect(dmitri.modal()?.errors.until).toContain("That time is over already.");
  expect(await dmitri.submit({ until: inDays(2), reason: "a long run" })).toEqual({ ok: true });
  const set = await dmitri.waitForModal((modal) => wordsIn(modal.blocks).includes("*Longest run: 48 h*"));
  expect(set.title.text).toBe("ana");
  await ana.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("longest run: 48 h"));

  await dmitri.click("modal", "Add an exemption");
  await dmitri.waitForModal((modal) => modal.submit !== undefined);
  expect(await dmitri.submit({ spares: "end", until: inDays(3), reason: "the same run" })).toEqual({
    ok: true,
  });
  await dmitri.waitForModal((modal) =>
    wordsIn(modal.blocks).includes("No container is stopped when its hours are over"),
  );
  await ana.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("made an exception for you"));
  await dmitri.close({ all: true });
  expect(dmitri.modal()).toBeUndefined();
});

test("two admins with one page open: what was set meanwhile is not replaced unseen", async () => {
  const { dmitri: admin } = desk;
  await openPage("ben");
  await admin.click("modal", "Set a limit");
  await admin.waitForModal((modal) => modal.submit !== undefined);
  const ben = await named("ben");
  const later = { memberId: ben.id, limit: "max_images", until: null, reason: "first" };
  await setOverride(desk.world, { ...later, by: dmitri, value: "7" });
  expect(await admin.submit({ limit: "max_images", value: "3", reason: "second" })).toEqual({ ok: true });
  const again = await admin.waitForModal((modal) =>
    wordsIn(modal.blocks).includes("dmitri set that a moment ago: 7"),
  );
  expect(again.submit).toBeDefined();
  expect(await overridesOf("ben")).toContainEqual(["max_images", 7]);
  await admin.close({ all: true });
});
