import { afterEach, beforeEach, expect, test } from "vitest";
import type { SlackReach } from "../../src/ends/reach.ts";
import { createMetrics } from "../../src/health/metrics.ts";
import { type HealthServer, serveHealth } from "../../src/health/server.ts";
import type { Vitals } from "../../src/health/vitals.ts";
import { LedgerUnreachable } from "../../src/ledger/errors.ts";
import { ready } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

let database: TestDatabase;
let world: MemoryWorld;
let server: HealthServer;
let vitals: Vitals;
let isAway: boolean;
const metrics = createMetrics();

beforeEach(async () => {
  isAway = false;
  database = await freshDatabase();
  world = await memoryWorld(database.url, {
    ledger: (ledger) => ({
      ...ledger,
      read: (work) => (isAway ? Promise.reject(new LedgerUnreachable("gone")) : ledger.read(work)),
    }),
  });
  world.start();
  await ready(world);
  const reach: SlackReach = { connectedSince: world.clock.now(), gaps: [] };
  vitals = { role: "active", reach: () => reach };
  server = await serveHealth(world, { vitals, metrics, port: 0 });
});

afterEach(async () => {
  await server?.close();
  await world?.end();
  await database?.drop();
});

const ask = (path: string, init: RequestInit = {}, port = server.port) =>
  fetch(`http://127.0.0.1:${port}${path}`, init);

test("it is well: 200, and how", async () => {
  const answer = await ask("/healthz");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    ok: true,
    role: "active",
    ledger: "answers",
    slack: "connected",
    nodes: { gpu1: "up" },
    lateNotices: 0,
    why: [],
  });
});

test("the ledger is away: 503 and why; what only it knows is not among the metrics", async () => {
  isAway = true;
  const answer = await ask("/healthz");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ ok: false, why: ["The ledger's Postgres does not answer."] });
  const page = await (await ask("/metrics")).text();
  expect(page).toContain("berth_ledger_up 0");
  expect(page).not.toMatch(/^berth_(devices|held|outbox|containers|longest)/m);
});

test("metrics: devices, the line, messages, what is held, jobs' rounds and faults; each once, and back after an outage", async () => {
  metrics.noteRound("watch gpu1", 0.2, false);
  metrics.noteRound("watch gpu1", 0.3, true);
  isAway = true;
  await ask("/metrics");
  isAway = false;
  const answer = await ask("/metrics?x=1");
  expect(answer.headers.get("content-type")).toContain("text/plain");
  const lines = (await answer.text()).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "berth_active 1",
      "berth_slack_connected 1",
      "berth_ledger_up 1",
      'berth_devices{node="gpu1",state="free"} 4',
      "berth_longest_wait_seconds 0",
      "berth_held_gpus 0",
      "berth_held_gpu_hours_total 0",
      'berth_outbox_messages{state="waiting"} 0',
      'berth_job_faults_total{job="watch gpu1"} 1',
      'berth_job_round_seconds_count{job="watch gpu1"} 2',
    ]),
  );
  const names = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  expect(names.filter((name) => !name.startsWith("berth_"))).toEqual([]);
});

test("nothing else is answered, and nothing is taken", async () => {
  expect((await ask("/")).status).toBe(404);
  expect((await ask("/healthz", { method: "POST", body: "x" })).status).toBe(404);
});

test("a port that is taken is waited for, and no reason to end", async () => {
  const port = server.port!;
  const second = await serveHealth(world, { vitals: { ...vitals, role: "standby" }, metrics, port });
  expect(second.port).toBeUndefined();
  await server.close();
  await world.until(async () => second.port === port, "the port");
  expect(await (await ask("/healthz", {}, port)).json()).toMatchObject({ role: "standby" });
  await second.close();
});
