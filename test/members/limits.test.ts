import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { run } from "../../src/containers/run.ts";
import { stop } from "../../src/containers/stop.ts";
import { Refusal } from "../../src/errors.ts";
import { events } from "../../src/ledger/event-table.ts";
import { overrides } from "../../src/ledger/limit-tables.ts";
import { openPetitions } from "../../src/ledger/queries/petitions.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { endExemption, setExemption } from "../../src/members/exemptions.ts";
import { setGroup } from "../../src/members/group.ts";
import { limitsAndUse } from "../../src/members/limits.ts";
import { endOverride, type SetOverride, setOverride } from "../../src/members/overrides.ts";
import { memberOverview } from "../../src/members/overview.ts";
import { type AskForMore, answerPetition, askForMore } from "../../src/members/petitions.ts";
import { ready, sentences, settled, told } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** Limits that come from somewhere, on a real ledger: who may set them, what they do, who is told. */

const hour = 3_600_000;
let database: TestDatabase;
let world: MemoryWorld;
let clock: JumpingClock;
let ana: ActiveMember;
let ben: ActiveMember;
let chloe: ActiveMember;
let dmitri: ActiveMember;

async function open(): Promise<void> {
  database = await freshDatabase();
  clock = jumpingClock();
  world = await memoryWorld(database.url, { clock });
  ana = await world.member("ana");
  ben = await world.member("ben");
  chloe = await world.member("chloe", "admin");
  dmitri = await world.member("dmitri", "admin");
}
async function close(): Promise<void> {
  await world.end();
  await database.drop();
}

const inHours = (hours: number) => new Date(clock.now().getTime() + hours * hour);
const set = (more: Partial<SetOverride> = {}) =>
  setOverride(world, {
    by: dmitri,
    memberId: ana.id,
    limit: "max_gpu_equivalents",
    value: "3",
    until: inHours(48),
    reason: "the deadline of a paper",
    ...more,
  });
const askMore = (more: Partial<AskForMore> = {}) =>
  askForMore(world, {
    by: ana,
    requestId: randomUUID(),
    limit: "max_gpu_equivalents",
    value: "4",
    until: inHours(48),
    reason: "the deadline of a paper",
    ...more,
  });
const noExtension = async () => {
  throw new Error("there is none here");
};
const answer = (by: ActiveMember, petitionId: number, yes: boolean) =>
  answerPetition(world, { by, petitionId, yes }, noExtension);
const gpusOf = async (member: ActiveMember) => (await limitsAndUse(world, member)).limits.max_gpu_equivalents;
const happened = async () =>
  (await world.ledger.read((tx) => tx.select().from(events).orderBy(events.id))).map(({ what, actor }) => [
    what,
    actor,
  ]);
const rows = () => world.ledger.read((tx) => tx.select().from(overrides).orderBy(overrides.id));
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "it was done",
    (error: unknown) => {
      if (error instanceof Refusal) return `${error.reason} ${error.field ?? ""}`.trim();
      throw error;
    },
  );

describe("what is refused leaves nothing behind", () => {
  beforeAll(open);
  afterAll(close);

  test.each<[string, Partial<SetOverride> | (() => Partial<SetOverride>), string]>([
    ["who is no admin", () => ({ by: ben }), "not-admin"],
    [
      "an admin who was moved to another group meanwhile",
      () => ({ by: { ...ben, group: "admin" } }),
      "not-admin",
    ],
    ["nobody", { memberId: 999 }, "no-member"],
    ["a misspelt limit", { limit: "max_gpus" }, "no-such-limit limit"],
    ["a thing of the language", { limit: "constructor" }, "no-such-limit limit"],
    ["a wrong kind", { value: "three" }, "limit-value value"],
    ["less than nothing", { value: "-1" }, "limit-value value"],
    ["no number", { value: "NaN" }, "limit-value value"],
    ["endless", { value: "Infinity" }, "limit-value value"],
    ["a yes where a number belongs", { value: "yes" }, "limit-value value"],
    ["hours without a limit", { limit: "max_runtime_h", value: "unlimited" }, "limit-value value"],
    ["an end in the past", () => ({ until: inHours(-1) }), "until-past until"],
    ["an end that is now", () => ({ until: new Date(clock.now().getTime() - 1) }), "until-past until"],
    ["an end that is no instant", { until: new Date(Number.NaN) }, "until-past until"],
    ["an end in the next century", { until: new Date("2199-01-01") }, "until-far until"],
    ["no reason", { reason: " \n " }, "reason-missing reason"],
    ["a very long reason", { reason: "x".repeat(501) }, "reason-long reason"],
    ["memory of one container above that of all", { limit: "memory_gib", value: "200" }, "above-total value"],
  ])("%s is refused, and nothing is written", async (_sentence, more, expected) => {
    expect(await refusal(set(typeof more === "function" ? more() : more))).toBe(expected);
    expect(await rows()).toEqual([]);
    expect(await happened()).toEqual([]);
    expect(await told(world, "UANA")).toEqual([]);
  });

  test.each<[string, Partial<AskForMore> | (() => Partial<AskForMore>), string]>([
    ["what is less than one has", { value: "1" }, "not-more value"],
    ["what one has", { value: "2" }, "not-more value"],
    ["a value that is none", { value: "many" }, "limit-value value"],
    ["more of what is the admins' own business", { limit: "sudo", value: "yes" }, "not-askable limit"],
    ["a limit that does not exist", { limit: "__proto__" }, "no-such-limit limit"],
    ["no end", { until: null }, "no-until until"],
    ["an end in the past", () => ({ until: inHours(-1) }), "until-past until"],
    ["no reason", { reason: "" }, "reason-missing reason"],
  ])("asking for %s is refused, and nobody is asked", async (_sentence, more, expected) => {
    expect(await refusal(askMore(typeof more === "function" ? more() : more))).toBe(expected);
    expect(await told(world, "CADMINS")).toEqual([]);
  });
});

describe("what is done", () => {
  beforeEach(open);
  afterEach(close);

  test("an override counts until its end, and says why; then the group's limit counts again", async () => {
    await set();
    const { limits, source } = await limitsAndUse(world, ana);
    expect(limits.max_gpu_equivalents).toBe(3);
    expect(source("max_gpu_equivalents")).toMatchObject({
      is: "override",
      reason: "the deadline of a paper",
    });
    expect(await gpusOf(ben)).toBe(2);
    clock.jump(48 * hour);
    expect(await gpusOf(ana)).toBe(2);
    expect((await limitsAndUse(world, ana)).source("max_gpu_equivalents")).toEqual({
      is: "group",
      group: "student",
    });
  });

  test("each change is an event with its reason, and the member is told once", async () => {
    const first = await set();
    await set({ value: "unlimited", until: null, by: "cli:eve" });
    expect(await gpusOf(ana)).toBeNull();
    expect((await rows()).map(({ endedAt, setBy }) => [endedAt !== null, setBy])).toEqual([
      [true, `member:${dmitri.id}`],
      [false, "cli:eve"],
    ]);
    const [, second] = await rows();
    await endOverride(world, { by: dmitri, overrideId: second?.id ?? 0 });
    expect(await gpusOf(ana)).toBe(2);
    expect(await happened()).toEqual([
      ["override-set", `member:${dmitri.id}`],
      ["override-set", "cli:eve"],
      ["override-ended", `member:${dmitri.id}`],
    ]);
    const said = await sentences(world, "UANA");
    expect(said).toHaveLength(3);
    expect(said[0]).toMatch(
      /^dmitri changed one of your limits\. GPUs at once: 3, until ⟦\d+⟧\. Reason: the deadline of a paper$/,
    );
    expect(said[1]).toContain("GPUs at once: unlimited, until an admin takes it back.");
    expect(said[2]).toContain("GPUs at once: 2 again.");
    const [event] = await world.ledger.read((tx) => tx.select().from(events).limit(1));
    expect(event?.evidence).toMatchObject({ key: "max_gpu_equivalents", from: 2, to: 3 });
    expect(await refusal(endOverride(world, { by: chloe, overrideId: first.id }))).toBe("ended-already");
    expect(await refusal(endOverride(world, { by: chloe, overrideId: 99 }))).toBe("ended-already");
  });

  test("an unknown limit names the nearest", async () => {
    await expect(set({ limit: "max-container" })).rejects.toMatchObject({
      hint: "Did you mean max_containers?",
    });
  });

  test("two admins at once set one limit: who commits first wins, the other is told", async () => {
    const both = await Promise.all([
      refusal(set({ seen: 0, value: "3" })),
      refusal(set({ seen: 0, value: "4", by: chloe })),
    ]);
    expect(both.sort()).toEqual(["it was done", "set-meanwhile"]);
    expect(await rows()).toHaveLength(1);
    expect(await told(world, "UANA")).toHaveLength(1);
    await expect(set({ seen: 0, by: chloe })).rejects.toThrow(
      /^(dmitri|chloe) set that a moment ago: [34], until/,
    );
  });

  test("a lowered limit takes nothing away: what runs goes on, what is asked next is judged by it", async () => {
    world.start();
    await ready(world);
    const ask = (project: string) => deploy(world, { by: ana, requestId: randomUUID(), project });
    const one = await ask("one");
    const two = await ask("two");
    await settled(world, one.container.id, "running");
    await settled(world, two.container.id, "running");
    await set({ value: "1", until: null });
    await set({ limit: "max_containers", value: "1", until: null });
    await set({ limit: "max_runtime_h", value: "1", until: null });
    const third = await ask("three");
    expect(third.container).toMatchObject({ state: "waiting", hours: 1 });
    expect(third.container.waitsFor).toContain("You hold 2 GPUs of the 1 GPU you may hold at once");
    const after = await memberOverview(world, ana.id);
    expect(after.containers.map(({ container }) => container.state)).toEqual([
      "running",
      "running",
      "waiting",
    ]);
    expect(after.containers[0]?.container.endsAt).toEqual(
      (await settled(world, one.container.id, "running")).container.endsAt,
    );
    expect(await refusal(deploy(world, { by: ana, requestId: "long", project: "four", hours: 2 }))).toBe(
      "hours-out-of-range hours",
    );
  });

  test("a raised limit is judged in the line at once: who waited for it starts", async () => {
    world.start();
    await ready(world);
    const ask = (project: string) =>
      deploy(world, { by: ana, requestId: randomUUID(), project, wish: { kind: "gpu", count: 2 } });
    await ask("one");
    const waits = await ask("two");
    expect(waits.container.state).toBe("waiting");
    await set({ value: "4" });
    await settled(world, waits.container.id, "running");
  });

  test("one member with a limit of 2 fires 20 deploys at once: 2 are granted, 2 wait, 16 are refused", async () => {
    world.start();
    await ready(world);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        deploy(world, { by: ana, requestId: `burst ${i}`, project: `p${i}` }).then(
          ({ container }) => container.state,
          (error: Refusal) => error.reason,
        ),
      ),
    );
    expect(outcomes.filter((one) => one === "starting")).toHaveLength(2);
    expect(outcomes.filter((one) => one === "waiting")).toHaveLength(2);
    expect(outcomes.filter((one) => one === "too-many-waiting")).toHaveLength(16);
  });

  test("what a GPU is kept for after a stop, and what may wait, come from the override too", async () => {
    world.start();
    await ready(world);
    const { container } = await deploy(world, { by: ana, requestId: "1", project: "one" });
    await settled(world, container.id, "running");
    await set({ limit: "gpu_hold_after_stop_h", value: "0" });
    await set({ limit: "max_waiting", value: "0" });
    await stop(world, { by: ana, which: { containerId: container.id } });
    expect((await settled(world, container.id, "stopped")).container.gpuKeptUntil).toBeNull();
    for (const [i, count] of [2, 2].entries())
      await deploy(world, {
        by: i === 0 ? ben : chloe,
        requestId: `other ${i}`,
        project: "p",
        wish: { kind: "gpu", count },
      });
    expect(await refusal(run(world, { by: ana, which: { containerId: container.id } }))).toBe(
      "too-many-waiting",
    );
  });

  test("a group is changed by an admin, told once; the same again changes nothing", async () => {
    expect((await setGroup(world, { by: dmitri, memberId: ana.id, group: "researcher" })).group).toBe(
      "researcher",
    );
    await setGroup(world, { by: "cli", memberId: ana.id, group: "researcher" });
    expect(await gpusOf({ ...ana, group: "researcher" })).toBe(4);
    expect(await happened()).toEqual([["group-set", `member:${dmitri.id}`]]);
    expect(await sentences(world, "UANA")).toEqual(["dmitri moved you to the group researcher."]);
    await expect(setGroup(world, { by: dmitri, memberId: ana.id, group: "facultie" })).rejects.toMatchObject({
      reason: "no-group",
      hint: "Did you mean faculty?",
    });
    expect(await refusal(setGroup(world, { by: ben, memberId: ben.id, group: "admin" }))).toBe("not-admin");
  });

  test("two admins move one member at once: the second is told", async () => {
    const both = await Promise.all([
      refusal(setGroup(world, { by: dmitri, memberId: ana.id, group: "researcher", seen: "student" })),
      refusal(setGroup(world, { by: chloe, memberId: ana.id, group: "faculty", seen: "student" })),
    ]);
    expect(both.sort()).toEqual(["it was done", "set-meanwhile"]);
  });

  test("an admin lowers their own rights to nothing: the configured admins stay", async () => {
    await setGroup(world, { by: chloe, memberId: chloe.id, group: "student" });
    expect(await refusal(set({ by: chloe }))).toBe("not-admin");
    await setGroup(world, { by: dmitri, memberId: dmitri.id, group: "student" });
    await set({ by: dmitri });
    expect(await gpusOf(ana)).toBe(3);
  });

  test("an exemption has an end and a reason, of all of a member's containers or of one", async () => {
    world.start();
    await ready(world);
    const { container } = await deploy(world, {
      by: ana,
      requestId: "1",
      project: "vision",
      wish: { kind: "cpu" },
    });
    const exempt = (more: Partial<Parameters<typeof setExemption>[1]> = {}) =>
      setExemption(world, {
        by: dmitri,
        memberId: ana.id,
        containerId: null,
        spares: "end",
        until: inHours(48),
        reason: "a week-long run",
        ...more,
      });
    const one = await exempt();
    await exempt({ containerId: container.id, spares: "idle", by: "cli" });
    expect(await refusal(exempt({ memberId: ben.id, containerId: container.id }))).toBe(
      "no-container container",
    );
    expect(await refusal(exempt({ until: inHours(-1) }))).toBe("until-past until");
    expect(await refusal(exempt({ reason: "" }))).toBe("reason-missing reason");
    expect(await refusal(exempt({ by: ben }))).toBe("not-admin");
    expect((await memberOverview(world, ana.id)).exemptions).toHaveLength(2);
    await endExemption(world, { by: chloe, exemptionId: one.id });
    expect(await refusal(endExemption(world, { by: dmitri, exemptionId: one.id }))).toBe("ended-already");
    clock.jump(48 * hour);
    expect((await memberOverview(world, ana.id)).exemptions).toEqual([]);
    const said = (await sentences(world, "UANA")).filter((text) => text.includes("exception"));
    expect(said[0]).toMatch(
      /^dmitri made an exception for you: no container is stopped when its hours are over, until ⟦\d+⟧\. Reason: a week-long run$/,
    );
    expect(said[1]).toContain(
      "An admin at the server made an exception for you: vision._.ana is not stopped for being idle",
    );
    expect(said).toHaveLength(3);
  });

  test("a petition becomes an override when an admin says yes; both are told", async () => {
    const petition = await askMore();
    expect(await told(world, "CADMINS")).toEqual([{ kind: "petition", petitionId: petition.id }]);
    expect(await gpusOf(ana)).toBe(2);
    const answered = await answer(dmitri, petition.id, true);
    expect(answered).toMatchObject({ petition: { state: "granted" }, decidedBy: { name: "dmitri" } });
    expect(await gpusOf(ana)).toBe(4);
    expect(await sentences(world, "UANA")).toEqual([
      expect.stringMatching(/^dmitri said yes\. GPUs at once: 4, until ⟦\d+⟧\.$/),
    ]);
    expect(await told(world, "CADMINS")).toHaveLength(2);
    expect((await happened()).map(([what]) => what)).toEqual([
      "petition-asked",
      "override-set",
      "petition-granted",
    ]);
    clock.jump(48 * hour);
    expect(await gpusOf(ana)).toBe(2);
  });

  test("declined: nothing changes, and they are told who to ask", async () => {
    const petition = await askMore();
    await answer(chloe, petition.id, false);
    expect(await gpusOf(ana)).toBe(2);
    expect((await sentences(world, "UANA"))[0]).toMatch(
      /^chloe declined what you asked for: GPUs at once: 4/,
    );
    expect((await askMore()).id).not.toBe(petition.id);
  });

  test.each([
    ["approve ∥ approve", true, true],
    ["approve ∥ decline", true, false],
  ])(
    "two admins answer one request, %s: whoever commits first decides, the other is told",
    async (_, a, b) => {
      const petition = await askMore();
      const outcomes = await Promise.allSettled([
        answer(dmitri, petition.id, a),
        answer(chloe, petition.id, b),
      ]);
      const [lost] = outcomes.filter((one) => one.status === "rejected");
      expect(outcomes.filter((one) => one.status === "fulfilled")).toHaveLength(1);
      expect(String(lost?.reason.message)).toMatch(/^(dmitri|chloe) (granted|declined) that already\.$/);
      const { petition: decided } = await world.ledger.read(async (tx) => ({
        petition: (await openPetitions(tx, ana.id)).length,
      }));
      expect(decided).toBe(0);
      expect(await sentences(world, "UANA")).toHaveLength(1);
      expect((await rows()).length).toBeLessThanOrEqual(1);
    },
  );

  test("one thing is asked once at a time, three things in all; the same request again is the same petition", async () => {
    const first = await askMore({ requestId: "once" });
    expect((await askMore({ requestId: "once", value: "8" })).id).toBe(first.id);
    expect(await refusal(askMore({ value: "8" }))).toBe("asked-already");
    await askMore({ limit: "max_containers", value: "9" });
    await askMore({ limit: "max_images", value: "9" });
    expect(await refusal(askMore({ limit: "cpus", value: "64" }))).toBe("too-many-petitions");
    expect(await told(world, "CADMINS")).toHaveLength(3);
    await expect(askMore({ by: ben, requestId: "once" })).rejects.toThrow("another member's");
  });

  test("what a petition asks for is judged again when it is answered", async () => {
    const petition = await askMore();
    expect(await refusal(answer(ben, petition.id, true))).toBe("not-admin");
    expect(await refusal(answer(ana, petition.id, true))).toBe("not-admin");
    expect(await refusal(answer(dmitri, 999, true))).toBe("no-petition");
    await set({ value: "6", until: null });
    expect(await refusal(answer(dmitri, petition.id, true))).toBe("not-more");
    expect(await gpusOf(ana)).toBe(6);
    clock.jump(49 * hour);
    expect(await refusal(answer(dmitri, petition.id, true))).toBe("petition-over");
    await answer(dmitri, petition.id, false);
  });

  test("without a channel of their own, every admin is asked", async () => {
    const alone = await memoryWorld(database.url, {
      clock,
      settings: { adminChannel: undefined },
      checkEpoch: false,
      share: world,
    });
    await askForMore(alone, {
      by: ana,
      requestId: "1",
      limit: "max_containers",
      value: "9",
      until: inHours(2),
      reason: "tests",
    });
    expect(await told(world, "UDMITRI")).toHaveLength(1);
    expect(await told(world, "UCHLOE")).toHaveLength(1);
    await alone.end();
  });
});
