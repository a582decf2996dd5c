import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { leftSlack } from "../../src/ends/left-slack.ts";
import type { NewEvent } from "../../src/ledger/queries/events.ts";
import { record } from "../../src/ledger/queries/events.ts";
import { meet } from "../../src/members/people.ts";
import { historyOf } from "../../src/nodes/history.ts";
import { ready } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** `/berth events ana`: all that she did, that was done to her, and to what is hers; and nothing of anybody else. */

let database: TestDatabase;
let world: MemoryWorld;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url);
  world.start();
  await ready(world);
  await world.stop();
});
afterAll(async () => {
  await world?.end();
  await database?.drop();
});

const whatOf = async (name: string) =>
  (await historyOf(world, { words: [name], most: 50 })).lines.map(({ what, of }) => `${what} ${of}`);

test("by her, about her, of her containers, of an image that was shared with her, and that she can't be reached", async () => {
  const [ana, ben] = [await world.member("ana"), await world.member("ben")];
  const { container } = await deploy(world, {
    by: ana,
    requestId: "vision",
    project: "vision",
    wish: { kind: "cpu" },
  });
  const note = (what: string, of: Partial<NewEvent>): NewEvent => ({
    at: world.clock.now(),
    what,
    actor: "berth",
    because: "So it is.",
    evidence: {},
    ...of,
  });
  await world.ledger.write((tx) =>
    record(tx, [
      note("device-quarantined", { deviceId: "GPU-1", containerId: container.id }),
      note("shared", { memberId: ben.id, actor: `member:${ben.id}`, evidence: { withMemberId: ana.id } }),
      note("problem-opened", { evidence: { problem: "unreached UANA" } }),
      note("problem-opened", { evidence: { problem: "unreached UBEN" } }),
      note("pause-begun", { actor: `member:${ana.id}` }),
      note("pause-ended", { actor: `member:${ben.id}` }),
    ]),
  );
  await leftSlack(world, { slackUserId: "UANA", knownBy: "event" });
  expect(await whatOf("ana")).toEqual([
    "retire-wished ana/vision",
    "member-left ana",
    "pause-begun null",
    "problem-opened null",
    "shared ben",
    "device-quarantined ana/vision",
    "granted ana/vision",
    "asked ana/vision",
  ]);
  expect(await whatOf("ben")).toEqual(["pause-ended null", "problem-opened null", "shared ben"]);
});

test("who is new has a history from the first word, and is found by Slack's id", async () => {
  await meet(world, { slackUserId: "UEVE", name: "Eve", timeZone: "UTC", isGuest: false, isBot: false });
  expect(await whatOf("UEVE")).toEqual(["met Eve"]);
  expect(await whatOf("<@UEVE|eve>")).toEqual(["met Eve"]);
  await expect(whatOf("UNOBODY")).rejects.toThrow("nobody and nothing called");
});
