import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { armEnd, armLate, cancelEnd, moveEnd } from "../../src/containers/armed-ends.ts";
import { deploy } from "../../src/containers/deploy.ts";
import { run } from "../../src/containers/run.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { endByAdmin } from "../../src/ends/by-admin.ts";
import { ends } from "../../src/ledger/end-tables.ts";
import { containerViews } from "../../src/ledger/queries/container-views.ts";
import { containerById } from "../../src/ledger/queries/containers.ts";
import {
  armedEnds,
  insertNotice,
  noteNoticeAccepted,
  noticesOfEnd,
  noticeView,
} from "../../src/ledger/queries/ends.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { ready, sentences, settled, story } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

const policy = "enrol: open\ndefaults: { max_containers: 30, memory_gib: 1, cpus: 1 }";
const hourMs = 3_600_000;
let clock: JumpingClock;
let database: TestDatabase;
let world: MemoryWorld;
let ana: ActiveMember;
let asked = 0;

beforeAll(async () => {
  database = await freshDatabase();
  clock = jumpingClock();
  world = await memoryWorld(database.url, { clock, policy });
  ana = await world.member("ana");
  world.start();
  await ready(world);
});
afterAll(async () => {
  await world?.end();
  await database?.drop();
});

let project: string;
beforeEach(() => {
  asked += 1;
  project = `p${asked}`;
});

async function running(hours = 8): Promise<number> {
  const { container } = await deploy(world, {
    by: ana,
    requestId: project,
    project,
    hours,
    wish: { kind: "cpu" },
  });
  await settled(world, container.id, "running");
  return container.id;
}

const armed = (id: number) => world.ledger.read((tx) => armedEnds(tx, id));
const row = async (id: number) => (await world.ledger.read((tx) => containerById(tx, id)))!;
const states = async (id: number) =>
  (await world.ledger.read((tx) => tx.select().from(ends).orderBy(ends.id)))
    .filter((end) => end.containerId === id)
    .map((end) => `${end.reason} ${end.state}`);

const said = { because: "Because.", evidence: {}, actor: "berth" };

test("armed at the instant it runs, at the end of the hours it was granted", async () => {
  const id = await running(3);
  const { runningAt, endsAt } = await row(id);
  const [end] = await armed(id);
  expect(end).toMatchObject({ reason: "end", run: 1, actor: "berth", because: "Its 3 hours are over." });
  expect(end?.at.getTime()).toBe(runningAt!.getTime() + 3 * hourMs);
  expect(endsAt).toEqual(end?.at);
});

test("stopped or retired by its owner it has none; run anew it has a new term", async () => {
  const id = await running();
  const [before] = await armed(id);
  await stop(world, { by: ana, which: { project } });
  await settled(world, id, "stopped");
  expect(await states(id)).toEqual(["end cancelled"]);
  await run(world, { by: ana, which: { project } });
  await settled(world, id, "running");
  // Without a GPU nothing is kept: a new run, and a new term.
  expect((await row(id)).run).toBe(2);
  expect((await armed(id))[0]!.at.getTime()).toBeGreaterThan(before!.at.getTime());
  await retire(world, { by: ana, which: { project } });
  await settled(world, id, "retired");
  expect(await states(id)).toEqual(["end cancelled", "end cancelled"]);
});

test("a moved end is a new row, and the container's row says the same", async () => {
  const id = await running();
  const [end] = await armed(id);
  const at = new Date(end!.at.getTime() + 4 * hourMs);
  await world.ledger.transaction((tx) => moveEnd(tx, world, end!, { at, ...said }));
  expect(await states(id)).toEqual(["end moved", "end armed"]);
  expect((await armed(id))[0]).toMatchObject({ at, evidence: { movedEnd: end!.id } });
  expect((await row(id)).endsAt).toEqual(at);
  await expect(world.ledger.transaction((tx) => moveEnd(tx, world, end!, { at, ...said }))).rejects.toThrow(
    /not armed/,
  );
});

test("if less time is left when it is armed, it moves so that the last notice's time remains", async () => {
  const id = await running();
  const now = clock.now().getTime();
  const end = await world.ledger.transaction(async (tx) =>
    armEnd(tx, world, (await containerById(tx, id))!, { reason: "admin", at: new Date(now), ...said }),
  );
  expect(end.at.getTime() - now).toBeGreaterThanOrEqual(15 * 60_000);
  expect((await armed(id)).map(({ reason }) => reason)).toEqual(["admin", "end"]);
  // The hours are what they were.
  expect((await row(id)).endsAt).toEqual((await armed(id))[1]?.at);
  await world.ledger.transaction((tx) => cancelEnd(tx, end, { at: clock.now(), ...said }));
  expect((await armed(id)).map(({ reason }) => reason)).toEqual(["end"]);
  expect((await story(world, id)).slice(-2)).toEqual(["end-armed", "end-cancelled"]);
});

test("one that ran before there were ends gets one, with the time of both notices", async () => {
  const id = await running();
  const [end] = await armed(id);
  await world.ledger.transaction((tx) => cancelEnd(tx, end!, { at: clock.now(), ...said }));
  clock.jump(9 * hourMs);
  const now = clock.now().getTime();
  const late = await world.ledger.transaction(async (tx) =>
    armLate(tx, world, (await containerById(tx, id))!),
  );
  expect(late.at.getTime() - now).toBeGreaterThanOrEqual(hourMs);
});

test("an admin ends it at once, and its owner is told who and why; or with notices", async () => {
  const id = await running();
  const admin = (at: Date | "now") =>
    world.ledger.transaction(async (tx) =>
      endByAdmin(tx, world, (await containerViews(tx, [id]))[0]!, {
        by: "dmitri",
        actor: "member:9",
        reason: "the machine is moved.",
        at,
      }),
    );
  expect(await admin(new Date(clock.now().getTime() + hourMs))).toMatchObject({
    reason: "admin",
    because: "dmitri ends it: the machine is moved.",
  });
  expect(await admin("now")).toBe("wished");
  await settled(world, id, "stopped");
  expect((await sentences(world, ana.slackUserId)).at(-1)).toBe(
    `“${project}” has stopped. dmitri stopped it: the machine is moved.`,
  );
  expect(await states(id)).toEqual(["end cancelled", "admin cancelled"]);
  expect(await admin("now")).toBeUndefined();
});

test("the first receipt of a notice counts; a copy after a crash only says where it stands", async () => {
  const id = await running();
  const [end] = await armed(id);
  const at = clock.now();
  const [written, again] = await world.ledger.transaction(async (tx) => {
    const row = { endId: end!.id, step: "last" as const, attempt: 1, writtenAt: at };
    return [await insertNotice(tx, row), await insertNotice(tx, row)];
  });
  expect(again).toBeUndefined();
  const accept = (atMs: number, ts: string) =>
    world.ledger.transaction((tx) =>
      noteNoticeAccepted(tx, written!.id, new Date(atMs), { channel: "D1", ts }),
    );
  await accept(at.getTime() + 1000, "1.1");
  await accept(at.getTime() + 9000, "1.2");
  const [kept] = await world.ledger.read((tx) => noticesOfEnd(tx, end!.id));
  expect(kept).toMatchObject({ acceptedAt: new Date(at.getTime() + 1000), channel: "D1", ts: "1.2" });
  expect(await world.ledger.read((tx) => noticeView(tx, written!.id))).toMatchObject({
    notice: { id: written!.id },
    end: { id: end!.id },
    earliest: { id: end!.id },
    container: { id },
  });
});
