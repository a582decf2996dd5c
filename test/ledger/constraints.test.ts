import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { brokenConstraint } from "../../src/ledger/errors.ts";
import { missingHandWritten } from "../../src/ledger/hand-written.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let client: pg.Client;
let containerId: number;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const member = await one(
    "insert into members (slack_user_id, name, state, created_at) values ('U1', 'ana', 'active', now()) returning id",
  );
  const project = await one(
    "insert into projects (member_id, name, alias_id, workspace_path, created_at) values ($1, 'vision', 'a1', '/srv/ana', now()) returning id",
    [member],
  );
  containerId = await one(
    `insert into containers (request_id, member_id, project_id, name, state, state_since, wanted, wish, hours, image, workspace_path, asked_at, stands_at)
     values ('r1', $1, $2, 'vision._.ana', 'running', now(), 'running', '{"kind":"cpu"}', 8, 'lab', '/srv/ana', now(), now()) returning id`,
    [member, project],
  );
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

beforeEach(async () => {
  await client.query("delete from leases");
});

async function one(sql: string, values: unknown[] = []): Promise<number> {
  return (await client.query(sql, values)).rows[0].id;
}

async function hold(part: string, { gpu = "GPU-0", endedAt = null as string | null } = {}): Promise<void> {
  await client.query(
    `insert into leases (container_id, member_id, run, node_id, device_id, gpu_uuid, part, weight, granted_at, ended_at)
     select id, member_id, 1, 'gpu1', 'device', $2, $3::int4range, 1, '2026-01-01', $4 from containers where id = $1`,
    [containerId, gpu, part, endedAt],
  );
}

const whole = "[0,8)";
const slice = "[2,4)";
const same = "leases_device_held_once";

test.each([
  ["the whole GPU, then the whole GPU", whole, whole, same],
  ["the whole GPU, then a slice of it", whole, slice, same],
  ["a slice, then the whole GPU", slice, whole, same],
  ["a slice, then the same slice", slice, slice, same],
  ["a slice, then one that overlaps it", slice, "[3,5)", same],
  ["a slice, then one beside it", slice, "[4,6)", undefined],
  ["of GPUs without known places: the whole, then a slice", "(,)", "[1,1]", same],
  ["of GPUs without known places: a slice, then another one", "[1,1]", "[2,2]", undefined],
])("held at once: %s", async (_pair, first, second, broken) => {
  await hold(first);
  expect(await hold(second).catch(brokenConstraint)).toBe(broken);
});

test("the same part of another GPU is another device", async () => {
  await hold(whole);
  await hold(whole, { gpu: "GPU-1" });
});

test("what was given back can be held again", async () => {
  await hold(whole, { endedAt: "2026-01-02" });
  await hold(whole);
});

test("a lease of nothing is refused, and one that ends before it begins", async () => {
  expect(await hold("empty").catch(brokenConstraint)).toBe("leases_part_is_not_empty");
  expect(await hold(whole, { endedAt: "2025-12-31" }).catch(brokenConstraint)).toBe(
    "leases_end_after_they_begin",
  );
});

test.each([
  ["changed", "update events set because = 'nothing' ", "events_are_never_changed"],
  ["deleted", "delete from events", "events_are_never_changed"],
  ["emptied", "truncate events", "events_are_never_emptied"],
])("events can't be %s", async (_what, statement, broken) => {
  await client.query(
    "insert into events (at, what, actor, because, evidence) values (now(), 'asked', 'berth', 'A test asked.', '{}')",
  );
  expect(await client.query(statement).catch(brokenConstraint)).toBe(broken);
});

test("there is one active bot", async () => {
  await client.query("insert into active_bot (epoch, since, who) values (1, now(), 'a')");
  const second = client.query(
    "insert into active_bot (one, epoch, since, who) values (false, 1, now(), 'b')",
  );
  expect(await second.catch(brokenConstraint)).toBe("active_bot_has_one_row");
});

test("what was written by hand is there, and its loss is noticed", async () => {
  expect(await missingHandWritten(client)).toEqual([]);
  await client.query("begin");
  await client.query("alter table leases drop constraint leases_device_held_once");
  await client.query("alter table events disable trigger events_are_never_changed");
  expect(await missingHandWritten(client)).toEqual(["events_are_never_changed", "leases_device_held_once"]);
  await client.query("rollback");
});
