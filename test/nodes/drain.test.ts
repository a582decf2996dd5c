import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { ownContainers } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { stopByAdmin } from "../../src/ends/stop-by-admin.ts";
import { events } from "../../src/ledger/event-table.ts";
import { openDrains, openPause } from "../../src/ledger/queries/drains.ts";
import { armedEnds } from "../../src/ledger/queries/ends.ts";
import type { ActiveMember, Wish } from "../../src/ledger/schema.ts";
import { asLogin, asMember } from "../../src/members/acting.ts";
import { drain, drainOff } from "../../src/nodes/drain.ts";
import { historyOf } from "../../src/nodes/history.ts";
import { pause, pauseOff } from "../../src/nodes/pause.ts";
import { settledAndSound } from "../containers/invariants.ts";
import { ready, sentences, settled, told } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

let database: TestDatabase;
let world: MemoryWorld;
let dmitri: ActiveMember;
let ana: ActiveMember;
const shell = asLogin({ SUDO_USER: "chloe" });

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, {
    gpus: [{}, {}, { slices: ["3g.20gb", "1g.5gb"] }],
    policy: `
enrol: open
defaults: { gpu_hold_after_stop_h: 1 }
groups: { student: { max_gpu_equivalents: 20, max_gpus_per_container: 2, max_containers: 20, max_waiting: 20, max_memory_gib_total: 900 } }
`,
  });
  dmitri = await world.member("dmitri", "admin");
  ana = await world.member("ana");
  world.start();
  await ready(world);
});

afterEach(async () => {
  await pauseOff(world, { by: shell });
  for (const one of await world.ledger.read(openDrains))
    await drainOff(world, {
      by: shell,
      target: { nodeId: one.nodeId, ...(one.gpuIndex === null ? {} : { gpuIndex: one.gpuIndex }) },
    });
  for (const { container } of await ownContainers(world, ana)) {
    await retire(world, { by: ana, which: { containerId: container.id } });
    await settled(world, container.id, "retired");
  }
  await settledAndSound(world);
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

const asked = (project: string, wish: Wish = { kind: "gpu", count: 1 }) =>
  deploy(world, { by: ana, requestId: randomUUID(), project, wish });
const by = () => asMember(dmitri);

/** What was recorded of that kind, the newest first, with its event's number: numbers are in the order of commits. */
async function recorded(what: string) {
  const rows = await world.ledger.read((tx) => tx.select().from(events).orderBy(events.id));
  return rows.filter((event) => event.what === what).reverse();
}

test("while Berth is paused nothing is granted anywhere, and who asks is told why and by whom", async () => {
  expect(await pause(world, { by: by(), reason: "the new driver." })).toMatchObject({
    outcome: "begun",
    pause: { by: "dmitri", reason: "the new driver" },
  });
  const waits = await asked("paused");
  expect(waits.container).toMatchObject({
    state: "waiting",
    waitsFor: "Berth is paused by dmitri: the new driver. Your place in the line stays.",
  });
  expect((await asked("cpu-too", { kind: "cpu" })).container.state).toBe("waiting");
  const [begun] = await recorded("pause-begun");
  expect(begun).toMatchObject({ actor: `member:${dmitri.id}`, evidence: { reason: "the new driver" } });

  expect(await pauseOff(world, { by: by() })).toMatchObject({ by: "dmitri" });
  await settled(world, waits.container.id, "running");
});

test("who waits already is told once when a pause begins, and the admins' channel has one message of it", async () => {
  await pause(world, { by: by(), reason: "first" });
  await asked("waits");
  await pauseOff(world, { by: by() });
  await drain(world, { by: by(), target: {}, reason: "second" });
  await asked("waits-too");
  const before = (await sentences(world, "UANA")).length;
  await pause(world, { by: shell, reason: "third" });
  await pause(world, { by: by(), reason: "fourth" });
  expect((await sentences(world, "UANA")).slice(before)).toEqual([
    "chloe paused Berth: third. Your place in the line stays, and a message tells you when yours starts.",
  ]);
  await pauseOff(world, { by: by() });
  const problems = (await told(world, "CADMINS")).filter(
    (news) => news.kind === "problem" && news.key.startsWith("pause"),
  );
  expect(problems.slice(-2)).toMatchObject([
    { state: "open", text: "chloe paused Berth: third. Nothing is granted until /berth pause off." },
    { state: "solved", text: "dmitri ended the pause." },
  ]);
});

test("a second admin is told who was first, and nothing changes", async () => {
  await pause(world, { by: shell, reason: "first" });
  expect(await pause(world, { by: by(), reason: "second" })).toMatchObject({
    outcome: "already",
    pause: { by: "chloe", reason: "first", setBy: "cli:chloe" },
  });
  expect(await world.ledger.read(openPause)).toMatchObject({ reason: "first" });
  expect(await pauseOff(world, { by: by() })).toMatchObject({ by: "chloe" });
  expect(await pauseOff(world, { by: by() })).toBeUndefined();

  const target = { gpuIndex: 1 };
  await drain(world, { by: shell, target, reason: "it is hot" });
  expect(await drain(world, { by: by(), target, reason: "mine" })).toMatchObject({
    outcome: "already",
    what: "GPU 1 of gpu1",
    drain: { by: "chloe", reason: "it is hot" },
  });
  expect(await recorded("drain-begun")).toHaveLength((await recorded("drain-ended")).length + 1);
  expect(await drainOff(world, { by: by(), target })).toMatchObject({ drain: { gpuIndex: 1 }, cancelled: 0 });
  expect(await drainOff(world, { by: by(), target })).toBeUndefined();
});

test("a drained server gives nothing new out, what runs there goes on, and afterwards the line does", async () => {
  const runs = await asked("runs");
  await settled(world, runs.container.id, "running");
  const drained = await drain(world, { by: by(), target: {}, reason: "new disks" });
  expect(drained.runs.map(({ project }) => project.name)).toEqual(["runs"]);
  const waits = await asked("waits", { kind: "cpu" });
  expect(waits.container.waitsFor).toBe("The server is being drained by dmitri: new disks.");
  expect((await settled(world, runs.container.id, "running")).devices).toHaveLength(1);
  await drainOff(world, { by: by(), target: {} });
  await settled(world, waits.container.id, "running");
});

test("of a drained GPU neither it nor a slice of it is granted; the others are", async () => {
  await drain(world, { by: by(), target: { gpuIndex: 0 }, reason: "it is hot" });
  await drain(world, { by: by(), target: { gpuIndex: 2 }, reason: "slices anew" });
  const given = await asked("elsewhere");
  expect(given.devices.map(({ gpuIndex }) => gpuIndex)).toEqual([1]);
  const none = await asked("none");
  expect(none.container.waitsFor).toBe(
    "No GPU is free. GPU 0 is being drained by dmitri: it is hot. GPU 2 is being drained by dmitri: slices anew.",
  );
  expect((await asked("slice", { kind: "mig", profile: "1g.5gb" })).container.waitsFor).toMatch(
    /^No 1g\.5gb slice is free\. .*GPU 2 is being drained/,
  );
  await drainOff(world, { by: by(), target: { gpuIndex: 0 } });
  expect(
    (await settled(world, none.container.id, "running")).devices.map(({ gpuIndex }) => gpuIndex),
  ).toEqual([0]);
});

test.each<[string, () => Promise<unknown>, () => Promise<unknown>, string]>([
  [
    "its server is drained",
    () => drain(world, { by: by(), target: {}, reason: "new disks" }),
    () => drainOff(world, { by: by(), target: {} }),
    "The server is being drained by dmitri: new disks.",
  ],
  [
    "Berth is paused",
    () => pause(world, { by: by(), reason: "the new driver" }),
    () => pauseOff(world, { by: by() }),
    "Berth is paused by dmitri: the new driver. Your place in the line stays.",
  ],
])(
  "a stopped container waits to run again while %s, also within the time its GPU is kept",
  async (_, begin, end, sentence) => {
    const { container } = await asked("again");
    expect((await settled(world, container.id, "running")).devices.map(({ gpuIndex }) => gpuIndex)).toEqual([
      0,
    ]);
    const which = { containerId: container.id };
    await stop(world, { by: ana, which });
    expect((await settled(world, container.id, "stopped")).devices).toHaveLength(1);
    await begin();
    expect((await run(world, { by: ana, which })).container).toMatchObject({
      state: "waiting",
      waitsFor: sentence,
    });
    await end();
    await settled(world, container.id, "running");
  },
);

test("a stopped container whose GPU is drained runs again on another, also within the time it is kept", async () => {
  const { container } = await asked("again");
  await settled(world, container.id, "running");
  const which = { containerId: container.id };
  await stop(world, { by: ana, which });
  await settled(world, container.id, "stopped");
  await drain(world, { by: by(), target: { gpuIndex: 0 }, reason: "it is hot" });
  await run(world, { by: ana, which });
  const again = await settled(world, container.id, "running");
  expect(again.devices.map(({ gpuIndex }) => gpuIndex)).toEqual([1]);
});

const inHours = (hours: number) => new Date(world.clock.now().getTime() + hours * 3_600_000);
const armed = async (containerId: number) =>
  (await world.ledger.read((tx) => armedEnds(tx, containerId))).filter(({ reason }) => reason === "admin");

test("with an instant what runs there gets an end of its own, hears of it at once, and keeps it no longer than the drain", async () => {
  const { container } = await asked("runs");
  await settled(world, container.id, "running");
  const endsAt = inHours(5);
  const drained = await drain(world, { by: by(), target: {}, endsAt, reason: "new disks" });
  expect(await armed(container.id)).toMatchObject([
    {
      at: endsAt,
      actor: `member:${dmitri.id}`,
      because: "dmitri ends it: the server gpu1 is drained (new disks)",
    },
  ]);
  expect(drained.ends).toHaveLength(1);
  expect((await sentences(world, "UANA")).at(-1)).toMatch(
    /^“runs” will be stopped ⟦\d+⟧ by dmitri: the server gpu1 is drained \(new disks\)\.$/,
  );
  const later = inHours(7);
  expect(await drain(world, { by: shell, target: {}, endsAt: later, reason: "later" })).toMatchObject({
    outcome: "moved",
    drain: { by: "chloe", reason: "later" },
  });
  expect(await armed(container.id)).toMatchObject([{ at: later, actor: "cli:chloe" }]);
  expect(await drainOff(world, { by: by(), target: {} })).toMatchObject({ cancelled: 1 });
  expect(await armed(container.id)).toEqual([]);
  expect((await sentences(world, "UANA")).at(-1)).toMatch(
    /^“runs” is not stopped ⟦\d+⟧ after all: dmitri ended the drain of the server gpu1\.$/,
  );
});

test("a drain moves no stop that an admin had planned earlier, and gives back one that was planned later", async () => {
  const early = await asked("early");
  const late = await asked("late");
  for (const { container } of [early, late]) await settled(world, container.id, "running");
  const [at1, at3, at6] = [inHours(1.5), inHours(3), inHours(6)];
  await stopByAdmin(world, { by: by(), handle: "ana", project: "early", at: at1, reason: "mine" });
  await stopByAdmin(world, { by: by(), handle: "ana", project: "late", at: at6, reason: "mine" });
  await drain(world, { by: shell, target: {}, endsAt: at3, reason: "new disks" });
  expect(await armed(early.container.id)).toMatchObject([{ at: at1 }]);
  expect(await armed(late.container.id)).toMatchObject([{ at: at3 }]);
  await drainOff(world, { by: shell, target: {} });
  expect(await armed(early.container.id)).toMatchObject([{ at: at1 }]);
  expect(await armed(late.container.id)).toMatchObject([{ at: at6, because: "dmitri ends it: mine" }]);
});

test("one that is about to run has its end too, and one on another GPU has none", async () => {
  const { container } = await asked("here");
  const other = await asked("there");
  await drain(world, { by: by(), target: { gpuIndex: 0 }, endsAt: inHours(5), reason: "hot" });
  expect(await armed(container.id)).toHaveLength(1);
  expect(await armed(other.container.id)).toHaveLength(0);
  await settled(world, container.id, "running");
  expect(await armed(container.id)).toHaveLength(1);
});

test("an admin stops at once: it stops, its GPU is not kept, and its owner is told who and why", async () => {
  const { container } = await asked("vision");
  await settled(world, container.id, "running");
  expect(
    await stopByAdmin(world, {
      by: shell,
      handle: "ana",
      project: "vision",
      at: "now",
      reason: "it mines coins",
    }),
  ).toMatchObject({ is: "stopping" });
  const stopped = await settled(world, container.id, "stopped");
  expect(stopped.devices).toEqual([]);
  expect((await sentences(world, "UANA")).at(-1)).toBe(
    "“vision” has stopped. chloe stopped it: it mines coins",
  );
  expect((await recorded("stop-wished"))[0]).toMatchObject({ actor: "cli:chloe" });
  await expect(
    stopByAdmin(world, { by: by(), handle: "ana", project: "vision", at: "now", reason: "me too" }),
  ).rejects.toThrow("“ana/vision” is stopped already. chloe stopped it: it mines coins");
});

test("its owner stops it before an instant at which an admin ends it: its GPU is not kept, so that it can't run past that", async () => {
  const { container } = await asked("vision");
  await settled(world, container.id, "running");
  await stopByAdmin(world, { by: by(), handle: "ana", project: "vision", at: inHours(3), reason: "disk" });
  await stop(world, { by: ana, which: { project: "vision" } });
  const stopped = await settled(world, container.id, "stopped");
  expect(stopped.devices).toEqual([]);
  expect(stopped.container.gpuKeptUntil).toBeNull();
});

test("without an instant there is time to answer, and one that only waits leaves the line only if now is said", async () => {
  const { container } = await asked("vision");
  await settled(world, container.id, "running");
  const stopped = await stopByAdmin(world, { by: by(), handle: "ana", project: "vision", reason: "disk" });
  const inMinutes =
    stopped.is === "planned" && (stopped.end.at.getTime() - world.clock.now().getTime()) / 60_000;
  expect(inMinutes).toBeGreaterThan(14);
  await pause(world, { by: by(), reason: "x" });
  await asked("waits");
  const waits = { by: by(), handle: "ana", project: "waits", reason: "no" };
  await expect(stopByAdmin(world, waits)).rejects.toThrow("does not run: it waits in the line");
  expect(await stopByAdmin(world, { ...waits, at: "now" })).toMatchObject({ is: "left" });
  expect((await sentences(world, "UANA")).at(-1)).toBe("dmitri took “waits” out of the line: no.");
});

test.each([
  ["anna", "vision", "There is nobody called “anna”. Did you mean ana?"],
  ["ana", "vison", "ana has no container called “vison”. Did you mean ana/vision?"],
])("a name that is nearly right is asked about: %s/%s", async (handle, project, sentence) => {
  await asked("vision");
  const said = await stopByAdmin(world, { by: by(), handle, project, at: "now", reason: "x" }).then(
    () => "stopped",
    (error: { message: string; hint: string }) => `${error.message} ${error.hint}`,
  );
  expect(said).toBe(sentence);
});

test("what happened to a GPU names who had it since when, and why that was stopped", async () => {
  const { container } = await asked("vision");
  await settled(world, container.id, "running");
  await stopByAdmin(world, {
    by: shell,
    handle: "ana",
    project: "vision",
    at: "now",
    reason: "it mines coins",
  });
  await settled(world, container.id, "stopped");
  const { lines } = await historyOf(world, { words: ["gpu", "0"], most: 5 });
  const own = lines.filter(({ containerId }) => containerId === container.id);
  expect(own.map(({ what, of, by: who }) => [what, of, who])).toEqual([
    ["stopped", "ana/vision", null],
    ["stop-wished", "ana/vision", "chloe"],
    ["running", "ana/vision", null],
    ["granted", "ana/vision", null],
  ]);
  expect(lines[0]?.because).toBe("chloe stopped it: it mines coins");
  const all = await historyOf(world, { words: ["ana/vision"], most: 2 });
  expect(all.lines).toHaveLength(2);
  const older = await historyOf(world, { words: ["ana/vision"], most: 2, before: all.older });
  expect(older.lines[0]?.id).toBeLessThan(all.lines[1]?.id ?? 0);
  expect(
    (await historyOf(world, { words: ["ana"], most: 3 })).lines.every(({ memberId }) => memberId === ana.id),
  ).toBe(true);
  expect(
    (await historyOf(world, { words: ["gpu1"], most: 50 })).lines.some(({ what }) => what === "drain-begun"),
  ).toBe(true);
  await expect(historyOf(world, { words: ["anaa"], most: 2 })).rejects.toThrow(
    "nobody and nothing called “anaa”",
  );
  await expect(historyOf(world, { words: ["gpu", "9"], most: 2 })).rejects.toThrow("gpu1 has no GPU 9");
});

test("what an admin names wrongly is answered with what there is", async () => {
  const target = async (named: object) =>
    drain(world, { by: by(), target: named, reason: "x" }).then(
      () => "drained",
      (error: { message: string; hint?: string }) => `${error.message} ${error.hint ?? ""}`,
    );
  expect(await target({ gpuIndex: 7 })).toBe("gpu1 has no GPU 7. It has GPU 0, GPU 1 and GPU 2.");
  expect(await target({ nodeId: "gpu2" })).toBe("There is no server “gpu2”. Did you mean gpu1?");
  await expect(pause(world, { by: by(), reason: " \n " })).rejects.toThrow("Say why");
  await expect(pause(world, { by: by(), reason: "x".repeat(301) })).rejects.toThrow(
    "300 letters; this has 301",
  );
  await drain(world, { by: by(), target: { gpuIndex: 0 }, reason: "a" });
  await drain(world, { by: by(), target: { gpuIndex: 1 }, reason: "b" });
  await expect(drainOff(world, { by: by(), target: {} })).rejects.toThrow(
    "Several are being drained: GPU 0 of gpu1 and GPU 1 of gpu1.",
  );
});

test("a drain with markup and line ends in its reason is one plain line", async () => {
  const { drain: row } = await drain(world, { by: by(), target: {}, reason: "<!channel>\n*new*\u2028disks" });
  expect(row.reason).toBe("<!channel> *new* disks");
});
