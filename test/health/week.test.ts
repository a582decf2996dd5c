import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { stop } from "../../src/containers/stop.ts";
import { weekOf, writeMondayNote } from "../../src/health/week.ts";
import { lastMonday } from "../../src/instant.ts";
import { mondayNote } from "../../src/jobs/monday-note.ts";
import { idleMarks, type Sign } from "../../src/ledger/idle-tables.ts";
import { insertMark, updateMark } from "../../src/ledger/queries/idle.ts";
import { updateMember } from "../../src/ledger/queries/members.ts";
import { insertRanges } from "../../src/ledger/queries/ranges.ts";
import { writeMinutes } from "../../src/ledger/queries/use.ts";
import { parsePolicy } from "../../src/policy/policy.ts";
import { ready, sentences, settled, told } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { quietMinute } from "../support/minute.ts";

/** The figures of a week, from rows, and Monday's note: once a week, at nine of the admins' own clock. */

let database: TestDatabase;
let world: MemoryWorld;
let clock: JumpingClock;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

beforeAll(async () => {
  database = await freshDatabase();
  clock = jumpingClock();
  world = await memoryWorld(database.url, {
    clock,
    gpus: 2,
    policy: "enrol: open\ndefaults: { memory_gib: 1, cpus: 1, max_waiting: 5, max_runtime_h: 72 }",
  });
  world.start();
  await ready(world);
});
afterAll(async () => {
  await world?.end();
  await database?.drop();
});

const week = async (mode: "observe" | "stop" = "stop") => {
  const policy = parsePolicy(`idle_mode: ${mode}`);
  return (await world.ledger.read((tx) => weekOf(tx, { clock, policy }))).lines;
};

/** So many minutes of that sign, one after the other, from there on. */
async function minutes(
  id: number,
  device: string,
  from: Date,
  signs: readonly Sign[],
  ofAll = signs,
): Promise<void> {
  await world.ledger.write((tx) =>
    writeMinutes(
      tx,
      signs.map((sign, i) => ({
        containerId: id,
        run: 1,
        sign: ofAll[i]!,
        ...quietMinute(new Date(from.getTime() + i * minuteMs), {
          devices: [{ id: device, sign, usePercent: sign === "active" ? 90 : 0, memoryMiB: 100 }],
        }),
      })),
    ),
  );
}

async function running(
  handle: string,
  project: string,
  count = 1,
): Promise<{ id: number; devices: string[] }> {
  const by = await memberCalled(handle);
  const { container } = await deploy(world, {
    by,
    requestId: `${handle} ${project}`,
    project,
    hours: 24,
    wish: { kind: "gpu", count },
  });
  const { devices } = await settled(world, container.id, "running");
  return { id: container.id, devices: devices.map(({ id }) => id) };
}

const known = new Map<string, Awaited<ReturnType<MemoryWorld["member"]>>>();
async function memberCalled(handle: string) {
  const group = handle === "chloe" ? "faculty" : "student";
  const member = known.get(handle) ?? (await world.member(handle, group));
  known.set(handle, member);
  return member;
}

test("held and used by group, waits, ranges, and who would have been stopped: each from its rows", async () => {
  expect(await week()).toEqual([
    "No GPU was held.",
    "Nobody in the line had to be told when it would be their turn.",
    "Nobody waited.",
    "Nothing was stopped for idleness.",
  ]);
  const start = clock.now();
  const ana = await running("ana", "vision");
  const chloe = await running("chloe", "big");
  const ben = await memberCalled("ben");
  const { container: waits } = await deploy(world, {
    by: ben,
    requestId: "ben waits",
    project: "waits",
    hours: 8,
    wish: { kind: "gpu", count: 1 },
  });
  await world.ledger.write((tx) =>
    insertRanges(tx, [
      {
        containerId: waits.id,
        run: 1,
        toldAt: start,
        earliest: start,
        latest: new Date(start.getTime() + 4 * hourMs),
        promised: false,
      },
      {
        containerId: waits.id,
        run: 1,
        toldAt: start,
        earliest: start,
        latest: new Date(start.getTime() + 1 * hourMs),
        promised: false,
      },
    ]),
  );
  // Her GPU works for half an hour of two; that her CPU does so all the time is not the GPU's use.
  const signs: Sign[] = Array.from({ length: 120 }, (_, i) => (i < 30 ? "active" : "idle"));
  await minutes(
    ana.id,
    ana.devices[0]!,
    start,
    signs,
    signs.map(() => "active"),
  );
  const marked = async (id: number, observedAt: Date) =>
    world.ledger.write(async (tx) => {
      const row = {
        containerId: id,
        run: 1,
        since: start,
        markedAt: start,
        endsAt: observedAt,
        evidence: {},
      };
      await insertMark(tx, row);
      const [mark] = (await tx.select().from(idleMarks)).filter(({ containerId }) => containerId === id);
      await updateMark(tx, mark!.id, { observedAt });
    });
  // One is active again a quarter of an hour after it would have been stopped, the other never.
  await marked(ana.id, new Date(start.getTime() + 15 * minuteMs));
  await marked(chloe.id, new Date(start.getTime() + 15 * minuteMs));

  clock.jump(2 * hourMs);
  await stop(world, { by: await memberCalled("ana"), which: { project: "vision" }, frees: true });
  await settled(world, ana.id, "stopped");
  await settled(world, waits.id, "running");
  expect(await week("observe")).toEqual([
    "GPU-hours held, and in how many of them the GPU was at work:",
    // The tests take some seconds of their own.
    expect.stringMatching(/^• student: 2 h held, 0.5 h at work \(2[45] %\)$/),
    "• faculty: 2 h held, 0 h at work (0 %); of 2 h nothing is known",
    expect.stringMatching(/^• all: 4 h held, 0.5 h at work \(1[23] %\); of 2 h nothing is known$/),
    "Of 2 ranges told to people in the line 1 held (50 %); half were 2.5 h wide or less.",
    "Longest waits: ben/waits 2 h.",
    "Idleness is only observed: it would have stopped 2 (ana/vision and chloe/big); 1 was active again within 30 minutes (ana/vision).",
    expect.stringContaining("idle_mode: stop"),
  ]);
  expect((await week("stop")).at(-1)).toBe("Nothing was stopped for idleness.");
  // A week later it is another week's; what is held still is of this one.
  clock.jump(7 * 24 * hourMs);
  expect((await week()).join("\n")).toMatch(
    /student: 1\d\d h held.*\n• faculty: 1\d\d h held|faculty: 1\d\d h held.*\n• student: 1\d\d h held/,
  );
  expect((await week()).join("\n")).toContain("Nobody waited.");
});

test("the note is written at nine on Monday where the first admin is, once, however often the bot starts", async () => {
  const zone = { timeZone: "Asia/Tokyo" };
  const dmitri = await world.member("dmitri", "admin");
  await world.ledger.write((tx) => updateMember(tx, dmitri.id, zone));
  const notes = async () =>
    (await sentences(world, "CADMINS")).filter((text) => text.startsWith("The GPU server's week"));
  const nextMonday = lastMonday(new Date(clock.now().getTime() + 7 * 24 * hourMs), 9, zone.timeZone);
  const to = (instant: number) => clock.jump(instant - clock.now().getTime());

  to(nextMonday.getTime() - 2 * minuteMs);
  await writeMondayNote(world);
  const before = (await notes()).length;
  to(nextMonday.getTime() + 1_000);
  await Promise.all([writeMondayNote(world), writeMondayNote(world)]);
  await mondayNote.run(world, new AbortController().signal);
  expect(await notes()).toHaveLength(before + 1);
  const last = (await told(world, "CADMINS")).at(-1);
  expect(last).toMatchObject({ kind: "note", detail: expect.stringContaining("• faculty: 168 h held") });
  to(nextMonday.getTime() + 11 * hourMs);
  await writeMondayNote(world);
  expect(await notes()).toHaveLength(before + 1);

  // Away all that Monday: minutes of use have begun to go, and half a truth is none.
  to(nextMonday.getTime() + (7 * 24 + 13) * hourMs);
  await writeMondayNote(world);
  expect(await notes()).toHaveLength(before + 1);
  to(nextMonday.getTime() + 14 * 24 * hourMs + 11 * hourMs);
  await writeMondayNote(world);
  expect(await notes()).toHaveLength(before + 2);
});
