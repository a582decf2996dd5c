import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../src/containers/run.ts";
import { stop } from "../../src/containers/stop.ts";
import { keepFiles } from "../../src/ends/removal.ts";
import { sweep } from "../../src/ends/sweep.ts";
import { armedEnds } from "../../src/ledger/queries/ends.ts";
import { sentences, settled } from "../containers/steps.ts";
import { type EndsLab, endsLab } from "./lab.ts";

let lab: EndsLab;
beforeAll(async () => {
  lab = await endsLab();
});
afterAll(() => lab?.end());

const hour = 60;

/** Stopped, and to be removed after the shipped three days. */
async function stopped(): Promise<number> {
  const id = await lab.running(8);
  await stop(lab.world, { by: lab.ana, which: { containerId: id } });
  await settled(lab.world, id, "stopped");
  await lab.world.until(() => removal(id), "its removal to be armed");
  return id;
}

const removal = async (id: number) =>
  (await lab.world.ledger.read((tx) => armedEnds(tx, id))).find(({ reason }) => reason === "remove");

async function toItsRemoval(id: number): Promise<void> {
  lab.passes((await lab.minutesLeft(id)) - 24 * hour);
  await lab.untilTold(id, ["first 1 accepted"]);
  lab.passes(24 * hour - 15);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
}

test("stopped for three days it is removed, a day and a quarter of an hour after it was told so", async () => {
  const id = await stopped();
  expect(await lab.minutesLeft(id)).toBe(72 * hour);
  await toItsRemoval(id);
  lab.passes(16);
  await settled(lab.world, id, "retired");
  expect(await lab.ends(id)).toEqual(["end cancelled", "remove done"]);
  expect((await sentences(lab.world, lab.ana.slackUserId)).at(-1)).toBe(
    "“p1” is gone. It was stopped for 72 hours, and nobody ran it again.",
  );
  expect(await lab.world.engine.inspect((await lab.row(id)).name)).toBeUndefined();
});

test("kept twice it stays three days longer each time, and no more", async () => {
  const id = await stopped();
  lab.passes(48 * hour);
  await lab.untilTold(id, ["first 1 accepted"]);
  const press = (requestId: string) =>
    keepFiles(lab.world, { by: lab.ana, which: { containerId: id }, requestId });
  const before = (await removal(id))!.at.getTime();
  expect((await press("one")).until.getTime()).toBe(before + 72 * hour * 60_000);
  expect((await press("one")).until.getTime()).toBe(before + 72 * hour * 60_000);
  expect((await press("two")).until.getTime()).toBe(before + 144 * hour * 60_000);
  await expect(press("three")).rejects.toMatchObject({
    reason: "kept-often-enough",
    offers: [{ kind: "run" }, { kind: "retire" }],
  });
  const ben = await lab.world.member("ben");
  await expect(
    keepFiles(lab.world, { by: ben, which: { containerId: id }, requestId: "x" }),
  ).rejects.toMatchObject({ reason: "no-container" });
});

test("run and removal in the same instant: whoever commits first wins", async () => {
  for (const first of ["run", "removal"]) {
    const id = await stopped();
    await toItsRemoval(id);
    // Both are at the door at one instant: nobody else looks meanwhile.
    await lab.world.stop();
    lab.passes(16);
    const settledReach = { activeSince: new Date(0), clockJumpedAt: undefined };
    const remove = () => sweep(lab.world, () => ({ ...lab.slack.reach(), ...settledReach }), new Set());
    const again = () => run(lab.world, { by: lab.ana, which: { containerId: id } });
    if (first === "run") {
      await again();
      await remove();
      expect(await lab.row(id)).toMatchObject({ wanted: "running" });
      expect(await removal(id)).toBeUndefined();
      lab.startAgain();
      await settled(lab.world, id, "running");
    } else {
      await remove();
      await expect(again()).rejects.toMatchObject({ reason: "being-retired" });
      lab.startAgain();
      await settled(lab.world, id, "retired");
    }
  }
});
