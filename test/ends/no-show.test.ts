import { afterEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { run } from "../../src/containers/run.ts";
import { retire } from "../../src/containers/stop.ts";
import { keep } from "../../src/ends/keep.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { lineNow } from "../../src/waitlist/shown.ts";
import { sentences, settled } from "../containers/steps.ts";
import { type IdleLab, idleLab } from "./idle-lab.ts";

let lab: IdleLab;
afterEach(() => lab?.end());

const gpu = { kind: "gpu", count: 1 } as const;

let asked = 0;
async function asks(by: ActiveMember, hours = 4): Promise<number> {
  const project = by.handle;
  asked += 1;
  const { container } = await deploy(lab.world, { by, requestId: `${asked}`, project, hours, wish: gpu });
  return container.id;
}

/** One GPU that ana had: ben waited for it and has it now, chloe waits. */
async function bensTurn(options: Parameters<typeof idleLab>[0] = {}) {
  lab = await idleLab({ gpus: 1, ...options });
  const anas = await lab.running(4, gpu);
  const [ben, chloe] = [await lab.world.member("ben"), await lab.world.member("chloe")];
  const bens = await asks(ben);
  lab.passes(5);
  const chloes = await asks(chloe);
  await retire(lab.world, { by: lab.ana, which: { containerId: anas } });
  await settled(lab.world, bens, "running");
  return { ben, chloe, bens, chloes };
}

test("nobody comes: told when its turn came and a quarter of an hour before, then others have it and the place is kept", async () => {
  const { ben, bens, chloes } = await bensTurn();
  expect(await lab.ends(bens)).toEqual(["end armed", "no-show armed"]);
  expect(await lab.minutesLeft(bens)).toBe(30);
  await lab.spent(16, [[bens, "idle"]]);
  await lab.untilTold(bens, ["last 1 accepted"]);
  await lab.spent(16, [[bens, "idle"]]);
  await settled(lab.world, bens, "stopped");
  await settled(lab.world, chloes, "running");
  expect(await lab.ends(bens)).toEqual(["end cancelled", "no-show done"]);
  expect((await sentences(lab.world, ben.slackUserId)).at(-1)).toMatch(
    /^“ben” has stopped\. Nobody has used it since it started, and somebody waits for its GPU\./,
  );
  const [stopped] = await lab.happened(bens, "stop-wished");
  expect(stopped?.evidence).toMatchObject({
    reason: "no-show",
    still: "so",
    someoneWaits: true,
    usedAt: null,
  });

  // Its place is kept: whoever asked after it stands behind it, and its removal waits as long.
  const before = await lab.row(bens);
  expect((before.placeKeptUntil!.getTime() - lab.clock.now().getTime()) / 3_600_000).toBeCloseTo(7 * 24, 0);
  expect(await lab.minutesLeft(bens)).toBeGreaterThan(7 * 24 * 60 - 5);
  const dmitri = await lab.world.member("dmitri");
  const dmitris = await asks(dmitri);
  lab.passes(10);
  await run(lab.world, { by: ben, which: { containerId: bens } });
  const line = await lab.world.ledger.read((tx) => lineNow(tx, lab.world));
  expect(line.map(({ container }) => container.id)).toEqual([bens, dmitris]);
  expect((await lab.row(bens)).standsAt).toEqual(before.standsAt);
});

test("they come: it stays theirs for its hours", async () => {
  const { bens } = await bensTurn();
  await lab.spent(5, [[bens, "idle"]]);
  await lab.spent(2, [[bens, "busy"]]);
  await lab.world.until(async () => (await lab.ends(bens)).includes("no-show cancelled"), "it to be let be");
  await lab.spent(30, [[bens, "idle"]]);
  expect((await lab.row(bens)).state).toBe("running");
  expect(await lab.told(bens)).toEqual([]);
});

test("Keep is as good as coming", async () => {
  const { ben, bens } = await bensTurn();
  await lab.spent(16, [[bens, "idle"]]);
  await lab.untilTold(bens, ["last 1 accepted"]);
  await keep(lab.world, { by: ben, which: { containerId: bens }, requestId: "kept" });
  expect(await lab.ends(bens)).toEqual(["end armed", "no-show cancelled"]);
});

test("nobody waits any more: it goes on; somebody does again: told, and over a quarter of an hour later", async () => {
  const { chloe, bens, chloes } = await bensTurn();
  await retire(lab.world, { by: chloe, which: { containerId: chloes } });
  await lab.spent(40, [[bens, "idle"]]);
  expect(await lab.told(bens)).toEqual([]);
  const again = await asks(chloe);
  await lab.untilTold(bens, ["last 1 accepted"]);
  await lab.spent(16, [[bens, "idle"]]);
  await settled(lab.world, bens, "stopped");
  await settled(lab.world, again, "running");
});

test("what nobody could look at is not stopped", async () => {
  const { bens } = await bensTurn();
  await lab.spent(40, [[bens, "unseen"]]);
  await lab.spent(20, [[bens, "unseen"]]);
  expect(await lab.told(bens)).toEqual([]);
  expect((await lab.row(bens)).wanted).toBe("running");
});

test("who had it at once, for whom nobody waits, or where idleness is only observed: no such end", async () => {
  lab = await idleLab({ gpus: 2 });
  const first = await lab.running(4, gpu);
  expect(await lab.ends(first)).toEqual(["end armed"]);
  const [ben, chloe] = [await lab.world.member("ben"), await lab.world.member("chloe")];
  const bens = await asks(ben);
  const chloes = await asks(chloe);
  lab.passes(5);
  await retire(lab.world, { by: lab.ana, which: { containerId: first } });
  await settled(lab.world, chloes, "running");
  expect(await lab.ends(bens)).toEqual(["end armed"]);
  // She waited, and nobody does any more.
  expect(await lab.ends(chloes)).toEqual(["end armed"]);
});
