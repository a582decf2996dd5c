import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { allMembers } from "../../src/ledger/queries/members.ts";
import { whoWouldBeAbove } from "../../src/members/above.ts";
import { readMembersCsv } from "../../src/members/csv.ts";
import { type Found, importMembers } from "../../src/members/import.ts";
import { setOverride } from "../../src/members/overrides.ts";
import { parsePolicy } from "../../src/policy/policy.ts";
import { ready, settled, told } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** Many people at once, from a list; and who would be above the limits of another policy. */

let database: TestDatabase;
let world: MemoryWorld;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url);
});
afterAll(async () => {
  await world.end();
  await database.drop();
});

function rowsOf(text: string): Found[] {
  const read = readMembersCsv(text, Object.keys(world.policy.groups));
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.rows as Found[];
}
const members = async () =>
  (await world.ledger.read(allMembers)).map(({ handle, group, state, uid }) => [handle, group, state, uid]);

test("a dry run says what would be done and writes nothing; the same with write does it, once", async () => {
  await world.member("ana");
  const rows = rowsOf(
    "handle,group,slack_id,name,uid\nana,researcher,UANA,,\nben,student,UBEN,Ben B.,\nchloe,faculty,UCHLOE,,31000\n",
  );
  const expected = [
    { line: 2, handle: "ana", what: "group changed" },
    { line: 3, handle: "ben", what: "new" },
    { line: 4, handle: "chloe", what: "new" },
  ];
  expect(await importMembers(world, rows, { write: false })).toEqual({ done: expected });
  expect(await members()).toEqual([["ana", "student", "active", 20000]]);
  expect(await importMembers(world, rows, { write: true })).toEqual({ done: expected });
  expect(await members()).toEqual([
    ["ana", "researcher", "active", 20000],
    ["ben", "student", "active", 20001],
    ["chloe", "faculty", "active", 31000],
  ]);
  expect(await told(world, "UBEN")).toMatchObject([{ kind: "welcome" }]);
  expect(await told(world, "UANA")).toMatchObject([{ kind: "note" }]);
  const again = await importMembers(world, rows, { write: true });
  expect("done" in again && again.done.every(({ what }) => what === "as it was")).toBe(true);
  expect(await told(world, "UBEN")).toHaveLength(1);
});

test("one line that clashes with the ledger, and nothing of the file is done", async () => {
  const before = await members();
  const rows = rowsOf("handle,group,slack_id\neve,student,UEVE\nana,student,UOTHER\n");
  expect(await importMembers(world, rows, { write: true })).toEqual({
    problems: [{ line: 3, sentence: "The user name “ana” is ana's." }],
  });
  expect(await members()).toEqual(before);
});

test("who would be above which limit of another policy, and where that limit comes from", async () => {
  world.start();
  await ready(world);

  await world.member("dmitri", "admin");
  const dmitri = await world.member("eve");
  const first = await deploy(world, { by: dmitri, requestId: randomUUID(), project: "one" });
  await deploy(world, { by: dmitri, requestId: randomUUID(), project: "two" });
  await settled(world, first.container.id, "running");
  const strict = parsePolicy("groups: { student: { max_gpu_equivalents: 1, max_containers: 1 } }");
  expect(await whoWouldBeAbove(world, world.policy)).toEqual([]);
  expect((await whoWouldBeAbove(world, strict)).sort()).toEqual([
    "ana is in the group researcher, which the file does not have: counts as student.",
    "chloe is in the group faculty, which the file does not have: counts as student.",
    "dmitri is in the group admin, which the file does not have: counts as student.",
    "eve would be above GPUs at once: 1 (group student): has 2.",
    "eve would be above containers at once: 1 (group student): has 2.",
  ]);
  await setOverride(world, {
    by: "cli",
    memberId: dmitri.id,
    limit: "max_containers",
    value: "5",
    until: null,
    reason: "tests",
  });
  expect(await whoWouldBeAbove(world, strict)).not.toContainEqual(
    expect.stringContaining("containers at once"),
  );
});
