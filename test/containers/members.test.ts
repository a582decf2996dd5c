import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isActive } from "../../src/ledger/queries/members.ts";
import type { Member } from "../../src/ledger/schema.ts";
import { isAdmin } from "../../src/members/admins.ts";
import { approve, decline, enrol, meet, proposedHandle } from "../../src/members/people.ts";
import { parsePolicy } from "../../src/policy/policy.ts";
import type { World } from "../../src/world.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { told } from "./steps.ts";

let database: TestDatabase;
let world: MemoryWorld;
let dmitri: Member;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, { policy: "enrol: ask" });
  dmitri = await world.member("dmitri", "admin");
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

const person = (slackUserId: string, name: string, more: { isGuest?: boolean; isBot?: boolean } = {}) => ({
  slackUserId,
  name,
  timeZone: "Europe/Berlin",
  isGuest: false,
  isBot: false,
  ...more,
});
const withPolicy = (text: string): World => ({ ...world, policy: parsePolicy(text) });

async function newcomer(): Promise<Member> {
  count += 1;
  return meet(world, person(`UEVE${count}`, `Eve ${count}`));
}

test("first contact is welcomed once, however often and at once; name and time zone follow Slack", async () => {
  const met = await Promise.all(Array.from({ length: 5 }, () => meet(world, person("UFIRST", "Eve"))));
  expect(new Set(met.map(({ id }) => id)).size).toBe(1);
  expect(met[0]?.state).toBe("new");
  expect(await told(world, "UFIRST")).toEqual([{ kind: "welcome", memberId: met[0]?.id }]);
  expect(await meet(world, person("UFIRST", "Eve Adams"))).toMatchObject({
    id: met[0]?.id,
    name: "Eve Adams",
  });
});

test("bots are refused whatever the policy says; guests by policy; neither becomes a row", async () => {
  await expect(meet(world, person("UBOT", "bot", { isBot: true }))).rejects.toMatchObject({ reason: "bot" });
  await expect(meet(world, person("UGUEST", "guest", { isGuest: true }))).rejects.toMatchObject({
    reason: "guest",
  });
  expect(await told(world, "UGUEST")).toEqual([]);
  const open = withPolicy("guests: allow");
  await expect(meet(open, person("UBOT", "bot", { isBot: true }))).rejects.toMatchObject({ reason: "bot" });
  expect(await meet(open, person("UGUEST", "guest", { isGuest: true }))).toMatchObject({ state: "new" });
});

describe("who wants to be let in", () => {
  test("asks, the admins are told, an admin lets them in with a group, and they are told what to do next", async () => {
    const eve = await newcomer();
    const asking = await enrol(world, { member: eve, handle: " Eve " });
    expect(asking).toMatchObject({ state: "asking", handle: "eve", group: null });
    expect(isActive(asking)).toBe(false);
    expect(await told(world, "CADMINS")).toContainEqual({ kind: "enrolment", memberId: eve.id });
    const after = await approve(world, { by: dmitri, memberId: eve.id, group: "researcher" });
    expect(after).toMatchObject({ state: "active", group: "researcher", handle: "eve", uid: asking.uid });
    expect((await told(world, eve.slackUserId)).at(-1)).toMatchObject({
      kind: "note",
      text: expect.stringMatching(/“eve”.*group researcher/),
      offers: [{ kind: "add-key" }],
    });
  });

  test("is in at once where the policy says open, and where the environment names them an admin", async () => {
    const open = withPolicy("enrol: open");
    const eve = await newcomer();
    expect(await enrol(open, { member: eve, handle: `open${count}` })).toMatchObject({
      state: "active",
      group: "student",
    });
    const olga = await newcomer();
    const settings = { ...world.settings, admins: [olga.slackUserId] };
    const first = await enrol({ ...world, settings }, { member: olga, handle: `olga${count}` });
    expect(first).toMatchObject({ state: "active", group: "admin" });
    expect(isAdmin({ ...world, settings }, first)).toBe(true);
  });

  test("gets a uid that nobody ever had, however many come at once", async () => {
    const many = await Promise.all(Array.from({ length: 8 }, newcomer));
    const open = withPolicy("enrol: open");
    const uids = await Promise.all(
      many.map(async (member, n) => (await enrol(open, { member, handle: `many${n}` })).uid),
    );
    expect(new Set(uids).size).toBe(8);
    expect(Math.min(...uids.map(Number))).toBeGreaterThanOrEqual(20_000);
  });

  test("asking twice changes nothing: the first handle stays", async () => {
    const eve = await newcomer();
    const first = await enrol(world, { member: eve, handle: `twice${count}` });
    const second = await enrol(world, { member: eve, handle: "other-name" });
    expect(second).toEqual(first);
    const asks = (await told(world, "CADMINS")).filter(
      (news) => news.kind === "enrolment" && news.memberId === eve.id,
    );
    expect(asks).toHaveLength(1);
  });

  test("is declined and told by whom; asks again with the handle they had", async () => {
    const eve = await newcomer();
    const asked = await enrol(world, { member: eve, handle: `first${count}` });
    await decline(world, { by: dmitri, memberId: eve.id });
    expect((await told(world, eve.slackUserId)).at(-1)).toMatchObject({
      text: expect.stringMatching(/^dmitri did not/),
    });
    const again = await enrol(world, { member: eve, handle: "another" });
    expect(again).toMatchObject({ state: "asking", handle: asked.handle, uid: asked.uid });
  });
});

describe("a handle", () => {
  test("that is taken is refused with one that is free", async () => {
    const [eve, ivy] = [await newcomer(), await newcomer()];
    await enrol(world, { member: eve, handle: "grace" });
    await expect(enrol(world, { member: ivy, handle: "Grace" })).rejects.toMatchObject({
      reason: "handle-taken",
      field: "handle",
      hint: expect.stringMatching(/is free/),
    });
  });

  test("that two choose at the same instant is one's, and the other is told so", async () => {
    const [eve, ivy] = [await newcomer(), await newcomer()];
    const got = await Promise.allSettled(
      [eve, ivy].map((member) => enrol(world, { member, handle: "heidi" })),
    );
    expect(got.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(got.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { reason: "handle-taken" },
    });
  });

  test("that means something on a server is refused", async () => {
    const eve = await newcomer();
    await expect(enrol(world, { member: eve, handle: "root" })).rejects.toMatchObject({ reason: "handle" });
  });

  test("is proposed from the name, free at that moment", async () => {
    const judy = await meet(world, person("UJUDY", "Judy Díaz"));
    expect(await proposedHandle(world, judy)).toBe("judy");
    await enrol(world, { member: judy, handle: "judy" });
    const other = await meet(world, person("UJUDY2", "Judy Díaz"));
    expect(await proposedHandle(world, other)).toBe("judy-diaz");
  });
});

describe("who may decide", () => {
  test.each(["approve", "decline"] as const)("only admins %s", async (what) => {
    const eve = await newcomer();
    await enrol(world, { member: eve, handle: `asks${count}` });
    count += 1;
    const ana = await world.member(`ana${count}`);
    const decides = { by: ana, memberId: eve.id, group: "admin" };
    const tried = what === "approve" ? approve(world, decides) : decline(world, decides);
    await expect(tried).rejects.toMatchObject({ reason: "not-admin" });
    // Who asks can't let themselves in either.
    await expect(approve(world, { by: eve, memberId: eve.id, group: "admin" })).rejects.toMatchObject({
      reason: "not-admin",
    });
  });

  test("a group that does not exist is refused, and somebody who did not ask is not let in", async () => {
    const eve = await newcomer();
    await expect(approve(world, { by: dmitri, memberId: eve.id, group: "gods" })).rejects.toMatchObject({
      reason: "no-group",
    });
    await expect(approve(world, { by: dmitri, memberId: eve.id, group: "toString" })).rejects.toMatchObject({
      reason: "no-group",
    });
    await expect(approve(world, { by: dmitri, memberId: eve.id, group: "student" })).rejects.toMatchObject({
      reason: "answered",
    });
    await expect(approve(world, { by: dmitri, memberId: 9999, group: "student" })).rejects.toMatchObject({
      reason: "no-member",
    });
  });

  test("an admin of the group who has left is none any more", () => {
    expect(isAdmin(world, { slackUserId: "UX", group: "admin", state: "gone" })).toBe(false);
    expect(isAdmin(world, { slackUserId: "UX", group: "student", state: "active" })).toBe(false);
  });
});
