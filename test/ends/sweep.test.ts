import { afterAll, beforeAll, expect, test } from "vitest";
import { armEnd, cancelEnd, moveEnd } from "../../src/containers/armed-ends.ts";
import { containerView } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { sweep } from "../../src/ends/sweep.ts";
import { containerById } from "../../src/ledger/queries/containers.ts";
import { armedEnds } from "../../src/ledger/queries/ends.ts";
import { endExemption, setExemption } from "../../src/members/exemptions.ts";
import { sentences, settled, told } from "../containers/steps.ts";
import { type EndsLab, endsLab } from "./lab.ts";

let lab: EndsLab;
beforeAll(async () => {
  lab = await endsLab();
});
afterAll(() => lab?.end());

const said = { because: "Because.", evidence: {}, actor: "berth" };

/** To the instant itself, with both notices told. */
async function toItsEnd(id: number): Promise<void> {
  lab.passes((await lab.minutesLeft(id)) - 60);
  await lab.untilTold(id, ["first 1 accepted"]);
  lab.passes(45);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
}

test("its hours over, it was told twice, is stopped, and its owner reads what is kept and what to do next", async () => {
  const id = await lab.running(2, { kind: "gpu", count: 1 });
  await toItsEnd(id);
  lab.passes(14);
  expect((await lab.row(id)).state).toBe("running");
  lab.passes(2);
  await settled(lab.world, id, "stopped");
  expect(await lab.ends(id)).toEqual(["end done"]);
  const row = await lab.row(id);
  expect(row).toMatchObject({ wantedBy: "end", gpuKeptUntil: null, outcome: "Its 2 hours are over." });
  expect((await containerView(lab.world, id))?.devices).toEqual([]);
  const [stopped] = await lab.happened(id, "stop-wished");
  expect(stopped?.evidence).toMatchObject({
    reason: "end",
    lastNotice: { attempt: 1, acceptedAt: expect.any(String) },
    minutesBetween: 15,
  });
  const note = (await told(lab.world, lab.ana.slackUserId)).findLast(({ kind }) => kind === "note");
  expect(note).toMatchObject({
    kind: "note",
    text: "“p1” has stopped. Its 2 hours are over.",
    detail: expect.stringMatching(
      /^Your files in \/workspace are untouched\. Its image and what you installed in it are kept as well, at least until ⟦\d+⟧\. Its GPU is free for others; Resume brings it back on whatever GPU is free/,
    ),
    offers: [{ kind: "run" }, { kind: "why" }],
  });
});

test("stopped or retired by its owner between the notices: nothing more is told, and nothing comes", async () => {
  for (const act of [stop, retire]) {
    const id = await lab.running(2);
    lab.passes((await lab.minutesLeft(id)) - 60);
    await lab.untilTold(id, ["first 1 accepted"]);
    await act(lab.world, { by: lab.ana, which: { containerId: id } });
    await settled(lab.world, id, act === stop ? "stopped" : "retired");
    lab.passes(120);
    await lab.world.until(async () => (await lab.ends(id)).join() === "end cancelled", "it to be called off");
    expect(await lab.told(id)).toEqual(["first 1 accepted"]);
  }
});

test("run within the time its GPU is kept: the same end, with notices of its own", async () => {
  const id = await lab.running(2, { kind: "gpu", count: 1 });
  const { endsAt } = await lab.row(id);
  lab.passes(30);
  await stop(lab.world, { by: lab.ana, which: { containerId: id } });
  await settled(lab.world, id, "stopped");
  lab.passes(5);
  await run(lab.world, { by: lab.ana, which: { containerId: id } });
  await settled(lab.world, id, "running");
  expect(await lab.row(id)).toMatchObject({ run: 1, endsAt });
  expect(await lab.ends(id)).toEqual(["end cancelled", "end armed"]);
  // With its hours as good as over it asks anew, and gets a term as anybody would.
  lab.passes((await lab.minutesLeft(id)) - 10);
  await stop(lab.world, { by: lab.ana, which: { containerId: id } });
  await settled(lab.world, id, "stopped");
  await run(lab.world, { by: lab.ana, which: { containerId: id } });
  await settled(lab.world, id, "running");
  expect((await lab.row(id)).run).toBe(2);
  expect(await lab.minutesLeft(id)).toBe(120);
});

test("moved in the same instant: whoever commits first wins", async () => {
  for (const first of ["move", "stop"]) {
    const id = await lab.running(2);
    await toItsEnd(id);
    // Both are at the door at one instant: nobody else looks meanwhile.
    await lab.world.stop();
    lab.passes(16);
    const move = () =>
      lab.world.ledger.transaction(async (tx) => {
        const [end] = await armedEnds(tx, id);
        if (!end) return "too late";
        await moveEnd(tx, lab.world, end, { at: new Date(end.at.getTime() + 4 * 3_600_000), ...said });
        return "moved";
      });
    const settledReach = { activeSince: new Date(0), clockJumpedAt: undefined };
    const end = () => sweep(lab.world, () => ({ ...lab.slack.reach(), ...settledReach }), new Set());
    if (first === "move") {
      expect(await move()).toBe("moved");
      await end();
      expect(await lab.row(id)).toMatchObject({ wanted: "running", state: "running" });
      expect(await lab.ends(id)).toEqual(["end moved", "end armed"]);
    } else {
      await end();
      expect(await lab.row(id)).toMatchObject({ wanted: "stopped", wantedBy: "end" });
      expect(await move()).toBe("too late");
      expect(await lab.ends(id)).toEqual(["end done"]);
    }
    lab.startAgain();
  }
});

test("an earlier end of another reason has a ladder of its own, and comes first", async () => {
  const id = await lab.running(5);
  const inAnHour = new Date(lab.clock.now().getTime() + 70 * 60_000);
  const admin = await lab.world.ledger.transaction(async (tx) =>
    armEnd(tx, lab.world, (await containerById(tx, id))!, {
      ...said,
      reason: "admin",
      at: inAnHour,
      because: "dmitri ends it: the power is cut.",
    }),
  );
  lab.passes(11);
  await lab.untilTold(id, ["first 1 accepted"]);
  lab.passes(45);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  lab.passes(16);
  await settled(lab.world, id, "stopped");
  expect(await lab.ends(id)).toEqual(["end cancelled", "admin done"]);
  expect(await lab.row(id)).toMatchObject({ wantedBy: "admin" });
  expect((await sentences(lab.world, lab.ana.slackUserId)).at(-1)).toMatch(
    /dmitri ends it: the power is cut\./,
  );
  expect(admin.at).toEqual(inAnHour);
});

test("what ran before there were ends gets one in the first round, and the time of both notices", async () => {
  const id = await lab.running(2);
  await lab.world.stop();
  await lab.world.ledger.transaction(async (tx) => {
    for (const end of await armedEnds(tx, id)) await cancelEnd(tx, end, { at: lab.clock.now(), ...said });
  });
  lab.passes(600);
  lab.startAgain();
  await lab.untilTold(id, ["first 1 accepted"]);
  expect(await lab.minutesLeft(id)).toBe(60);
  expect((await lab.row(id)).state).toBe("running");
});

test("exempt, it goes on and its owner was told so, once; taken back, its hours count again", async () => {
  const id = await lab.running(2);
  const admin = await lab.world.member("dmitri", "admin");
  const before = (await sentences(lab.world, lab.ana.slackUserId)).length;
  const until = new Date(lab.clock.now().getTime() + 48 * 3_600_000);
  const { id: exemptionId } = await setExemption(lab.world, {
    by: admin,
    memberId: lab.ana.id,
    containerId: id,
    spares: "end",
    until,
    reason: "the review is due",
  });
  await lab.world.until(
    async () => (await lab.row(id)).endsAt?.getTime() === until.getTime(),
    "its end to move",
  );
  lab.passes(600);
  expect(await lab.told(id)).toEqual([]);
  expect((await lab.happened(id, "end-moved")).map(({ because }) => because)).toEqual([
    "dmitri lets it run until then: the review is due",
  ]);
  await endExemption(lab.world, { by: admin, exemptionId });
  await lab.untilTold(id, ["first 1 accepted"]);
  expect(await lab.minutesLeft(id)).toBe(60);
  const since = (await sentences(lab.world, lab.ana.slackUserId)).slice(before);
  expect(since.filter((text) => text.includes("exception") || text.includes("longer"))).toEqual([
    expect.stringMatching(/made an exception for you/),
    expect.stringMatching(/ended an exception/),
  ]);
});
