import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { armEnd, cancelEnd, closeEnds } from "../../src/containers/armed-ends.ts";
import { type DeployRequest, deploy } from "../../src/containers/deploy.ts";
import { stop } from "../../src/containers/stop.ts";
import { serveLine } from "../../src/jobs/serve-line.ts";
import { tellRanges } from "../../src/jobs/tell-ranges.ts";
import { watchNode } from "../../src/jobs/watch-node.ts";
import { activeBot } from "../../src/ledger/bot-tables.ts";
import { events } from "../../src/ledger/event-table.ts";
import type { Tx } from "../../src/ledger/ledger.ts";
import { exemptions } from "../../src/ledger/limit-tables.ts";
import { type PromiseRow, promises, ranges } from "../../src/ledger/line-tables.ts";
import { armedEnd } from "../../src/ledger/queries/ends.ts";
import { record } from "../../src/ledger/queries/events.ts";
import { endLeases } from "../../src/ledger/queries/leases.ts";
import { devicesOfNode, setDeviceState } from "../../src/ledger/queries/nodes.ts";
import { openPromise } from "../../src/ledger/queries/promises.ts";
import { rangeHitRate } from "../../src/ledger/queries/ranges.ts";
import { type ActiveMember, containers } from "../../src/ledger/schema.ts";
import { asMember } from "../../src/members/acting.ts";
import { setOverride } from "../../src/members/overrides.ts";
import { pause, pauseOff } from "../../src/nodes/pause.ts";
import { waitersServedBy } from "../../src/waitlist/line-now.ts";
import { putFirst } from "../../src/waitlist/put-first.ts";
import { checkAlways } from "../containers/invariants.ts";
import { sentences, told } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** The line alone: nothing is brought up or down but by these tests, which say what is so. */
const clock = jumpingClock();
const hour = 3_600_000;
let database: TestDatabase;
let world: MemoryWorld;
let dmitri: ActiveMember;
let eve: ActiveMember;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, {
    clock,
    policy: `
enrol: open
line: { promise_after_h: 2, handicap_max_h: 0 }
groups: { student: { max_gpu_equivalents: 4, max_gpus_per_container: 4, max_memory_gib_total: null } }
`,
  });
  await watchNode(world.node, 1000).run(world, new AbortController().signal);
  dmitri = await world.member("dmitri", "admin");
  eve = await world.member("eve", "admin");
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

afterEach(async () => {
  await checkAlways(world);
  await world.ledger.write(async (tx) => {
    for (const { id } of await tx.select().from(containers)) {
      await endLeases(tx, id, clock.now());
      await closeEnds(tx, id, { at: clock.now() });
    }
    await tx.update(containers).set({ state: "retired", wanted: "retired" });
    await tx.update(promises).set({ state: "withdrawn" }).where(eq(promises.state, "open"));
    await tx.update(exemptions).set({ endedAt: clock.now() });
    await setDeviceState(tx, await ids(tx), "ok", clock.now(), null);
  });
});

async function ask(gpus: number, hours: number, more: Partial<DeployRequest> = {}) {
  count += 1;
  const by: ActiveMember = more.by ?? (await world.member(`waiter${count}`));
  const asked = await deploy(world, {
    by,
    requestId: randomUUID(),
    project: `p${count}`,
    wish: { kind: "gpu", count: gpus },
    hours,
    ...more,
  });
  return { id: asked.container.id, by, project: `p${count}`, state: asked.container.state };
}

const ids = async (tx: Tx) => (await devicesOfNode(tx, "gpu1")).map(({ id }) => id);

async function runs(id: number): Promise<void> {
  await world.ledger.write(async (tx) => {
    const [row] = await tx
      .update(containers)
      .set({ state: "running", runningAt: clock.now() })
      .where(eq(containers.id, id))
      .returning();
    const at = new Date(clock.now().getTime() + row!.hours * hour);
    await tx.update(containers).set({ endsAt: at }).where(eq(containers.id, id));
    const said = { reason: "end", at, because: "Its hours are over.", evidence: {}, actor: "berth" } as const;
    await armEnd(tx, world, row!, said);
  });
}

async function isGone(id: number): Promise<void> {
  await world.ledger.write(async (tx) => {
    await endLeases(tx, id, clock.now());
    await closeEnds(tx, id, { at: clock.now() });
    await tx.update(containers).set({ state: "retired", wanted: "retired" }).where(eq(containers.id, id));
  });
}

const serve = () => serveLine.run(world, new AbortController().signal);
const promise = () => world.ledger.read((tx) => openPromise(tx));
const stateOf = async (id: number) =>
  (await world.ledger.read((tx) => tx.select().from(containers).where(eq(containers.id, id))))[0];
const closed = async (id: number): Promise<PromiseRow | undefined> =>
  (
    await world.ledger.read((tx) =>
      tx.select().from(promises).where(eq(promises.containerId, id)).orderBy(promises.id),
    )
  ).at(-1);
const story = async (id: number) =>
  (
    await world.ledger.read((tx) =>
      tx.select().from(events).where(eq(events.containerId, id)).orderBy(events.id),
    )
  ).map(({ what }) => what);

/** Four GPUs held until 6 hours from now by one each; one that wants all four waits. */
async function wideOneWaits() {
  const holders = [];
  for (let n = 0; n < 4; n++) holders.push(await ask(1, 4 + n));
  for (const { id } of holders) await runs(id);
  const wide = await ask(4, 8);
  expect(wide.state).toBe("waiting");
  clock.jump(2.1 * hour);
  await serve();
  return { holders, wide };
}

test("made after promise_after_h, kept when they left, with a message at the making", async () => {
  const { holders, wide } = await wideOneWaits();
  const made = await promise();
  expect(made).toMatchObject({ containerId: wide.id, state: "open" });
  const last = await stateOf(holders[3]!.id);
  expect(made!.at.getTime() - last!.endsAt!.getTime()).toBe(15 * 60_000);
  expect((await sentences(world, wide.by.slackUserId)).join()).toMatch(
    /starts by ⟦\d+⟧ at the latest: 4 GPUs/,
  );

  // Those behind: from what is free before that instant, if they end in time.
  await isGone(holders[0]!.id);
  expect((await ask(1, 8)).state).toBe("waiting");
  const short = await ask(1, 1);
  expect(short.state).toBe("starting");
  await runs(short.id);
  for (const { id } of [...holders.slice(1), short]) await isGone(id);
  await serve();
  expect((await stateOf(wide.id))?.state).toBe("starting");
  expect(await closed(wide.id)).toMatchObject({ state: "kept", cause: null });
  expect(await story(wide.id)).toEqual(["asked", "promise-made", "granted", "promise-kept"]);
});

test("somebody leaves early: it moves earlier", async () => {
  const { holders } = await wideOneWaits();
  const before = await promise();
  await isGone(holders[3]!.id);
  await serve();
  expect((await promise())!.at.getTime()).toBeLessThan(before!.at.getTime());
});

test("whom it was made to leaves: withdrawn, and the next is promised", async () => {
  const { wide } = await wideOneWaits();
  const next = await ask(2, 8);
  clock.jump(1.5 * hour);
  await stop(world, { by: wide.by, which: { project: wide.project } });
  await serve();
  expect(await closed(wide.id)).toMatchObject({ state: "withdrawn" });
  expect(await promise()).toBeUndefined();
  clock.jump(0.6 * hour);
  await serve();
  expect(await promise()).toMatchObject({ containerId: next.id });
});

/** As a sweep that could tell nobody notes it; `after`: what it must settle from. */
async function isHeld(id: number, held: string, after?: string): Promise<void> {
  await world.ledger.write(async (tx) => {
    const end = await armedEnd(tx, id, "end");
    const evidence = { endId: end!.id, held, ...(after ? { because: after } : {}) };
    const said = { what: "end-held", containerId: id, actor: "berth", because: "It goes on." };
    await record(tx, { ...said, at: clock.now(), evidence });
  });
}

test("nobody was stopped, for Slack was away: late, told once with the cause, and still kept for it", async () => {
  const { holders, wide } = await wideOneWaits();
  for (const { id } of holders.slice(0, 3)) await isGone(id);
  clock.jump(7 * hour);
  await isHeld(holders[3]!.id, "slack-is-away");
  await serve();
  await serve();
  expect(await promise()).toMatchObject({ containerId: wide.id, cause: expect.stringMatching(/^slack: /) });
  const told = (await sentences(world, wide.by.slackUserId)).filter((text) => text.includes("can't be kept"));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/Slack was away/);
  expect((await ask(1, 1)).state).toBe("waiting");
  await isGone(holders[3]!.id);
  await serve();
  expect((await stateOf(wide.id))?.state).toBe("starting");
  expect(await closed(wide.id)).toMatchObject({ state: "missed" });
});

test("nobody looked at the line from before its instant until long after: late, told with the cause, and given at once", async () => {
  const { holders, wide } = await wideOneWaits();
  for (const { id } of holders) await isGone(id);
  clock.jump(9 * hour);
  await serve();
  expect((await stateOf(wide.id))?.state).toBe("starting");
  expect(await closed(wide.id)).toMatchObject({ state: "missed", cause: expect.stringMatching(/^bot: /) });
  const told = (await sentences(world, wide.by.slackUserId)).filter((text) => text.includes("was not kept"));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/Berth was late with a stop or a start .* It starts now\.$/);
  expect(await story(wide.id)).toEqual(["asked", "promise-made", "granted", "promise-missed"]);
});

test.each<[string, string | undefined, string | undefined, boolean, string]>([
  ["the bot was down, and has just come back", undefined, undefined, true, "bot: Berth itself was down"],
  ["the bot was down, and must settle first", "unsettled", "started", false, "bot: Berth itself was down"],
  [
    "Slack was away for long, and the bot must settle first",
    "unsettled",
    "slack-was-away",
    false,
    "slack: Slack was",
  ],
  ["the clock jumped", "unsettled", "clock-jumped", false, "bot: The server's clock jumped"],
  ["Slack did not take the notice", "no-receipt", undefined, false, "slack: Slack took the last notice"],
  ["Slack was away before the bot came back", "slack-is-away", undefined, true, "slack: Slack was away"],
])("a stop had to wait, and the true cause is told: %s", async (_what, held, after, isBack, cause) => {
  const { holders, wide } = await wideOneWaits();
  for (const { id } of holders.slice(0, 3)) await isGone(id);
  const [bot] = await world.ledger.read((tx) => tx.select().from(activeBot));
  clock.jump(7 * hour);
  if (held) await isHeld(holders[3]!.id, held, after);
  clock.jump(1000);
  const since = clock.now();
  if (isBack) await world.ledger.write((tx) => tx.update(activeBot).set({ since }));
  await serve();
  await world.ledger.write((tx) => tx.update(activeBot).set({ since: bot!.since }));
  expect((await promise())?.cause).toContain(cause);
  expect((await sentences(world, wide.by.slackUserId)).at(-1)).toContain(cause.split(": ")[1]);
});

test("a device is lost: missed for it, and what can't be had any more is not promised again", async () => {
  const { wide } = await wideOneWaits();
  await world.ledger.write(async (tx) =>
    setDeviceState(tx, (await ids(tx)).slice(2, 3), "lost", clock.now(), "gone"),
  );
  await serve();
  expect(await closed(wide.id)).toMatchObject({
    state: "missed",
    cause: expect.stringMatching(/^device: GPU 2 is lost/),
  });
  expect((await sentences(world, wide.by.slackUserId)).at(-1)).toMatch(/GPU 2 is lost/);
  expect(await promise()).toBeUndefined();
});

test("an admin lets somebody stay: missed for it, with the admin's name", async () => {
  const { holders, wide } = await wideOneWaits();
  await world.ledger.write((tx) =>
    tx.insert(exemptions).values({
      memberId: holders[1]!.by.id,
      spares: "end",
      until: new Date(clock.now().getTime() + 100 * hour),
      reason: "the deadline",
      setBy: `member:${dmitri.id}`,
      setAt: clock.now(),
    }),
  );
  await serve();
  expect(await closed(wide.id)).toMatchObject({
    state: "missed",
    cause: expect.stringMatching(/^admin: dmitri lets somebody stay longer: the deadline/),
  });
});

test("its instant passes in a pause, and its member's limits were changed since: missed for the pause", async () => {
  const { wide } = await wideOneWaits();
  await pause(world, { by: asMember(dmitri), reason: "the fans" });
  // Until then it is in force: what will end it has not happened.
  const until = new Date(clock.now().getTime() + 100 * hour);
  const limit = { memberId: wide.by.id, limit: "max_containers", value: "5", until, reason: "a course" };
  await setOverride(world, { by: eve, ...limit });
  clock.jump(9 * hour);
  await serve();
  expect(await promise()).toMatchObject({
    containerId: wide.id,
    cause: "admin: dmitri paused the server: the fans.",
  });
  await pauseOff(world, { by: asMember(dmitri) });
});

test("what was to end sooner for a drain goes on after all: missed for whoever ended the drain", async () => {
  const { holders, wide } = await wideOneWaits();
  await isGone(wide.id);
  await serve();
  const [first] = holders;
  await world.ledger.write(async (tx) => {
    const at = new Date(clock.now().getTime() + hour);
    const said = {
      at,
      because: "dmitri ends it: GPU 0 is drained.",
      evidence: {},
      actor: `member:${dmitri.id}`,
    };
    await armEnd(tx, world, (await stateOf(first!.id))!, { reason: "admin", ...said });
  });
  const narrow = await ask(1, 8);
  await putFirst(world, { request: narrow.project, reason: "a deadline", actor: "cli", byName: "dmitri" });
  await serve();
  expect(await promise()).toMatchObject({ containerId: narrow.id });
  clock.jump(1000);
  await world.ledger.write(async (tx) => {
    const because = "dmitri ended the drain of GPU 0 of gpu1.";
    const end = await armedEnd(tx, first!.id, "admin");
    const said = { at: clock.now(), because, evidence: {}, actor: `member:${dmitri.id}` };
    await cancelEnd(tx, end!, said);
  });
  await serve();
  const cause =
    "admin: dmitri moved the end of a container that has it: dmitri ended the drain of GPU 0 of gpu1.";
  const [missed] = await world.ledger.read((tx) =>
    tx.select().from(promises).where(eq(promises.containerId, narrow.id)).orderBy(promises.id),
  );
  expect(missed).toMatchObject({ state: "missed", cause });
});

test("what is told of when is kept once for each time that it changes, and judged when it is granted", async () => {
  const { holders, wide } = await wideOneWaits();
  const job = tellRanges();
  const tell = () => job.run(world, new AbortController().signal);
  await tell();
  await tell();
  const told = async () =>
    (await world.ledger.read((tx) => tx.select().from(ranges))).filter((row) => row.containerId === wide.id);
  expect(await told()).toMatchObject([{ promised: true, grantedAt: null }]);
  const since = new Date(clock.now().getTime() - hour);
  for (const { id } of holders) await isGone(id);
  clock.jump(hour);
  await serve();
  expect((await told())[0]?.grantedAt).not.toBeNull();
  const rate = await world.ledger.read((tx) => rangeHitRate(tx, since, clock.now()));
  expect(rate).toMatchObject({ told: 1, held: 1 });
  expect(rate.medianWidthHours).toBeGreaterThan(1);
});

test("a card is drawn anew when its reason or its place is another, and only then", async () => {
  const { holders, wide } = await wideOneWaits();
  const behind = await ask(4, 8);
  const job = tellRanges();
  const seen = async () => ({
    cards: (await told(world, wide.by.slackUserId)).filter(({ kind }) => kind === "card").length,
    ranges: await world.ledger.read((tx) => tx.$count(ranges, eq(ranges.containerId, wide.id))),
  });
  const drawn = async () => {
    const before = await seen();
    await job.run(world, new AbortController().signal);
    const after = await seen();
    return { cards: after.cards - before.cards, ranges: after.ranges - before.ranges };
  };
  expect(await drawn()).toEqual({ cards: 1, ranges: 1 });
  expect(await drawn()).toEqual({ cards: 0, ranges: 0 });
  // Its reason: 1 of 4 is free. When it will be its turn is as before.
  await isGone(holders[0]!.id);
  await serve();
  expect(await drawn()).toEqual({ cards: 1, ranges: 0 });
  expect(await drawn()).toEqual({ cards: 0, ranges: 0 });
  // Its place: somebody is put before it.
  await putFirst(world, { request: behind.project, reason: "a deadline", actor: "cli", byName: "dmitri" });
  expect((await drawn()).cards).toBe(1);
  expect((await drawn()).cards).toBe(0);
});

test("somebody waits for what a device would serve, or nobody does", async () => {
  const { holders, wide } = await wideOneWaits();
  const served = () =>
    world.ledger.read(async (tx) => waitersServedBy(tx, world, await devicesOfNode(tx, "gpu1")));
  expect(await served()).toBe(true);
  await stop(world, { by: wide.by, which: { project: wide.project } });
  expect(await served()).toBe(false);
  // At a limit of their own: another GPU would not be given to them.
  await ask(4, 1, { by: holders[0]!.by });
  expect(await served()).toBe(false);
});
