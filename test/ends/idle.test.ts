import { afterEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { retire } from "../../src/containers/stop.ts";
import { keep } from "../../src/ends/keep.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { importDs01 } from "../../src/policy/import-ds01.ts";
import { sentences, settled, told } from "../containers/steps.ts";
import { type IdleLab, idleLab } from "./idle-lab.ts";

let lab: IdleLab;
afterEach(() => lab?.end());

const gpu = { kind: "gpu", count: 1 } as const;

/** Idle until it is free on demand, with its shipped hour. */
async function idleOn(id: number): Promise<void> {
  await lab.spent(92, [[id, "idle"]]);
  await lab.world.until(async () => (await lab.marks(id)).length > 0, "it to be free on demand");
}

/** Four containers have all there is: two of them, and how all of them spend some minutes; whoever is not named works. */
async function allGpusGiven() {
  const ids: number[] = [];
  for (let i = 0; i < 4; i++) ids.push(await lab.running(48, gpu));
  const spent = (minutes: number, ...idle: number[]) =>
    lab.spent(
      minutes,
      ids.map((id) => [id, idle.includes(id) ? "idle" : "busy"]),
    );
  return [ids.slice(0, 2) as [number, number], spent] as const;
}

async function waits(by: ActiveMember) {
  const asked = { by, requestId: "waits", project: "waits", hours: 2, wish: gpu };
  const { container } = await deploy(lab.world, asked);
  expect(container.state).toBe("waiting");
  return container;
}

test("nobody waits: told once where it stands, then an hour and a quarter of an hour before, and stopped late", async () => {
  lab = await idleLab({ policy: "idle_cap_h: 3" });
  const id = await lab.running(48, gpu);
  await idleOn(id);
  const [mark] = await lab.marks(id);
  expect(mark).toMatchObject({ endedAt: null, observedAt: null, run: 1 });
  expect(await lab.ends(id)).toEqual(["end armed", "idle armed"]);
  const said = (await told(lab.world, lab.ana.slackUserId)).filter(({ kind }) => kind === "note").at(-1);
  expect(said).toMatchObject({
    text: expect.stringMatching(
      /^“p1” is idle since ⟦\d+⟧\. You keep it until someone needs it, at the latest until ⟦\d+⟧\.$/,
    ),
    offers: [{ kind: "keep" }, { kind: "stop" }, { kind: "why" }],
  });
  await lab.spent((await lab.minutesLeft(id)) - 60, [[id, "idle"]]);
  await lab.untilTold(id, ["first 1 accepted"]);
  await lab.spent(45, [[id, "idle"]]);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  await lab.spent(16, [[id, "idle"]]);
  await settled(lab.world, id, "stopped");
  expect(await lab.ends(id)).toEqual(["end cancelled", "idle done"]);
  expect(await lab.row(id)).toMatchObject({ wantedBy: "end", gpuKeptUntil: null });
  expect((await sentences(lab.world, lab.ana.slackUserId)).at(-1)).toMatch(
    /“p1” has stopped\. Idle since ⟦\d+⟧: nobody keeps what is idle for longer than 3 h\./,
  );
  const [stopped] = await lab.happened(id, "stop-wished");
  expect(stopped?.evidence).toMatchObject({ reason: "idle", still: "so", lastNotice: { attempt: 1 } });
  await lab.world.until(async () => {
    lab.passes(1);
    return (await lab.marks(id))[0]?.endedAt !== null;
  }, "its mark to end");
});

test("with DS01's own defaults a person still gets both notices, an hour and a quarter of an hour before", async () => {
  const limits = "defaults: { max_runtime_h: 48, idle_timeout_h: 0.5 }";
  const { policyYaml } = importDs01({ limits }, new Date());
  lab = await idleLab({ policyYaml: `${policyYaml}idle_mode: stop\nenrol: open\n` });
  expect(lab.world.policy.defaults).toMatchObject({ idle_timeout_h: 0.5, idle_cap_h: 0.5 });
  const id = await lab.running(24, gpu);
  await lab.spent(62, [[id, "idle"]]);
  await lab.untilTold(id, ["first 1 accepted"]);
  // Not at its timeout, as DS01 did: an hour after it was told.
  expect(await lab.minutesLeft(id)).toBeGreaterThanOrEqual(58);
  await lab.spent(45, [[id, "idle"]]);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  expect((await lab.row(id)).state).toBe("running");
  await lab.spent(16, [[id, "idle"]]);
  await settled(lab.world, id, "stopped");
});

/** Idle, told twice, and its end is a minute away. */
async function aMinuteBefore(): Promise<number> {
  lab = await idleLab({ policy: "idle_cap_h: 1" });
  const id = await lab.running(48, gpu);
  await idleOn(id);
  await lab.untilTold(id, ["first 1 accepted"]);
  await lab.spent(45, [[id, "idle"]]);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  await lab.spent((await lab.minutesLeft(id)) - 1, [[id, "idle"]]);
  expect((await lab.row(id)).wanted).toBe("running");
  return id;
}

test("Keep ∥ idle stop: whoever commits first wins, and the other is told what happened", async () => {
  const id = await aMinuteBefore();
  const press = (requestId: string) =>
    keep(lab.world, { by: lab.ana, which: { containerId: id }, requestId });
  lab.passes(2);
  const answer = await press("in time or not").catch((error: unknown) => error);
  const row = await lab.world.until(async () => {
    const now = await lab.row(id);
    return (now.wanted === "running" || now.state === "stopped") && now;
  }, "one of them to have won");
  if (row.wanted === "running") {
    expect(answer).toMatchObject({ view: { container: { id } } });
    expect(await lab.ends(id)).toEqual(["end armed", "idle cancelled"]);
  } else {
    expect(answer).toMatchObject({ reason: "not-running", message: expect.stringMatching(/stop/) });
    expect(await lab.ends(id)).toEqual(["end cancelled", "idle done"]);
  }
  // The other order, whichever came first above: kept, an overdue end does not come; stopped, Keep comes too late.
  if (row.wanted === "running") {
    await lab.spent(5, [[id, "idle"]]);
    expect((await lab.row(id)).wanted).toBe("running");
  } else await expect(press("too late")).rejects.toMatchObject({ reason: "not-running" });
});

test("used again, it is let be; idle once more, all begins anew", async () => {
  lab = await idleLab({ policy: "idle_cap_h: 3" });
  const id = await lab.running(48, gpu);
  await idleOn(id);
  await lab.spent(2, [[id, "busy"]]);
  await lab.world.until(
    async () => (await lab.ends(id)).join() === "end armed,idle cancelled",
    "its end to go",
  );
  expect((await lab.marks(id))[0]?.endedAt).not.toBeNull();
  await lab.spent(62, [[id, "idle"]]);
  await lab.world.until(async () => (await lab.marks(id)).length === 2, "it to be free on demand once more");
  const told = (await sentences(lab.world, lab.ana.slackUserId)).filter((text) =>
    text.includes("is idle since"),
  );
  expect(told).toHaveLength(2);
});

test("somebody waits: it ends in an hour, with both notices; who waits is served with it", async () => {
  lab = await idleLab();
  const [[shortly, long], spent] = await allGpusGiven();
  await spent(60, long);
  await spent(92, shortly, long);
  await lab.world.until(async () => (await lab.marks(shortly)).length > 0, "both to be free on demand");
  const ben = await lab.world.member("ben");
  const container = await waits(ben);
  await spent(1, shortly, long);
  await lab.world.until(async () => (await lab.minutesLeft(long)) <= 60, "the longest idle to be asked");
  await lab.untilTold(long, ["first 1 accepted"]);
  expect(await lab.minutesLeft(shortly)).toBeGreaterThan(300);
  const evidence = (await lab.happened(long, "end-moved")).at(-1)?.evidence;
  expect(evidence).toMatchObject({ servedBy: [container.id], reason: "idle" });
  await spent(45, shortly, long);
  await lab.untilTold(long, ["first 1 accepted", "last 1 accepted"]);
  await spent(16, shortly, long);
  await settled(lab.world, long, "stopped");
  await settled(lab.world, container.id, "running");
  expect((await lab.row(shortly)).state).toBe("running");
});

test("asked to leave and used again: the next is asked; nobody waits any more: nobody leaves", async () => {
  lab = await idleLab();
  const [[a, b], spent] = await allGpusGiven();
  await spent(40, a);
  await spent(92, a, b);
  await lab.world.until(async () => (await lab.marks(b)).length > 0, "both to be free on demand");
  const ben = await lab.world.member("ben");
  const container = await waits(ben);
  await spent(1, a, b);
  await lab.untilTold(a, ["first 1 accepted"]);
  await spent(5, b);
  await lab.world.until(async () => (await lab.ends(a)).at(-1) === "idle cancelled", "it to be let be");
  await spent(1, b);
  await lab.untilTold(b, ["first 1 accepted"]);
  await retire(lab.world, { by: ben, which: { containerId: container.id } });
  await spent(1, b);
  await lab.world.until(async () => (await lab.minutesLeft(b)) > 120, "it to have its time again");
});

test("kept: off for two hours; with somebody waiting the third in a row is refused", async () => {
  lab = await idleLab();
  const id = await lab.running(48, gpu);
  await idleOn(id);
  const press = (requestId: string) =>
    keep(lab.world, { by: lab.ana, which: { containerId: id }, requestId });
  const { until } = await press("once");
  expect(Math.round((until.getTime() - lab.clock.now().getTime()) / 60_000)).toBe(120);
  expect((await press("once")).until).toEqual(until);
  expect(await lab.ends(id)).toEqual(["end armed", "idle cancelled"]);
  await lab.spent(100, [[id, "idle"]]);
  expect(await lab.ends(id)).toEqual(["end armed", "idle cancelled"]);
  const ben = await lab.world.member("ben");
  for (let i = 0; i < 4; i++)
    await deploy(lab.world, { by: ben, requestId: `w${i}`, project: `w${i}`, hours: 2, wish: gpu });
  await press("twice");
  await expect(press("thrice")).rejects.toMatchObject({ reason: "kept-twice" });
  // Of others nobody learns anything.
  await expect(
    keep(lab.world, { by: ben, which: { containerId: id }, requestId: "x" }),
  ).rejects.toMatchObject({ reason: "no-container" });
});

test("nothing is seen of it any more: nobody is told, nothing is stopped", async () => {
  lab = await idleLab({ policy: "idle_cap_h: 3" });
  const id = await lab.running(48, gpu);
  await idleOn(id);
  await lab.spent((await lab.minutesLeft(id)) + 60, []);
  await lab.spent(2, []);
  expect(await lab.told(id)).toEqual([]);
  expect((await lab.row(id)).wanted).toBe("running");
});

test("observed only: its owner hears nothing, and it is written down when it would have been stopped", async () => {
  lab = await idleLab({ policy: "idle_cap_h: 3" });
  Object.assign(lab.world.policy, { idle_mode: "observe" });
  const id = await lab.running(48, gpu);
  await idleOn(id);
  await lab.spent(180, [[id, "idle"]]);
  await lab.world.until(
    async () => (await lab.happened(id, "would-have-stopped")).length === 1,
    "it to be noted",
  );
  expect(await lab.ends(id)).toEqual(["end armed"]);
  expect((await lab.marks(id))[0]?.observedAt).not.toBeNull();
  expect((await sentences(lab.world, lab.ana.slackUserId)).filter((text) => text.includes("idle"))).toEqual(
    [],
  );
});

test("of two GPUs one works: its owner hears of it once, with a way to go on with one; nothing is taken", async () => {
  lab = await idleLab();
  const id = await lab.running(48, { kind: "gpu", count: 2 });
  const heard = async () =>
    (await told(lab.world, lab.ana.slackUserId)).filter((one) => JSON.stringify(one).includes("Only 1 GPU"));
  await lab.spent(95, [[id, "half"]]);
  await lab.world.until(async () => (await heard()).length > 0, "her to be told");
  await lab.spent(60, [[id, "half"]]);
  expect(await heard()).toMatchObject([
    {
      text: expect.stringMatching(/^“p1”: Only 1 GPU of its 2 did anything since ⟦\d+⟧\.$/),
      offers: [{ kind: "resume-with-one" }, { kind: "why" }],
    },
  ]);
  expect(await lab.ends(id)).toEqual(["end armed"]);
});
