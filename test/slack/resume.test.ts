import { afterEach, beforeEach, expect, test } from "vitest";
import { livingOfMember } from "../../src/ledger/queries/containers.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk({ world: { gpus: 2 } });
});
afterEach(async () => {
  await desk.end();
});

const says = (words: string, who: "ana" | "ben" | "dmitri" = "ana") =>
  desk[who].waitForMessage("dm", (message) => !message.ephemeral && wordsIn(message.blocks).includes(words));

test("too much for another GPU: its owner is told, and starts it fresh by a button whose question names the loss", async () => {
  const { ana, ben, world } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  const card = await says("ssh -p 22000");
  world.engine.now.wrote("vision._.ana", 61 * 2 ** 30);
  await ana.click(card, "Stop", { confirmed: true });
  await ana.click(await says("stays yours until"), "Free it now", { confirmed: true });
  const freed = await says("It holds no GPU.");
  expect(wordsIn(freed.blocks)).toContain(
    "Resume brings it back on whatever GPU is free, with all that is in it.",
  );
  expect(wordsIn(freed.blocks)).toContain("Address, port and host key stay the same");
  await ben.type("/container-deploy vision --gpus 1");
  await says("ssh -p 22001", "ben");

  // Typed: the card may be drawn once more when others may have its GPU.
  await ana.type("/container-run vision");
  const note = await says("could not be started again");
  expect(wordsIn(note.blocks)).toContain("takes 61 GB, and at most 50 GB can be brought to another GPU.");
  expect(wordsIn(await says("Start fresh on any").then(({ blocks }) => blocks))).toContain("Start fresh");
  expect(ana.confirmText(note, "Start fresh")).toMatch(
    /installed or changed outside \/workspace is lost\. Your files in \/workspace stay/,
  );
  await ana.click(note, "Start fresh", { confirmed: true });
  await says("GPU 1");
  await says("ssh -p 22000");
  expect(await world.engine.layerBytes((await world.engine.inspect("vision._.ana"))?.id ?? "")).toBe(0);

  // An old button: there is nothing to give up any more.
  await ana.click(note, "Start fresh", { confirmed: true });
  await ana.waitForMessage("dm", "is running");
  expect((await world.engine.inspect("vision._.ana"))?.state).toBe("running");
});

test("Stop and resume with 1: two GPUs are given back, and it comes back on one", async () => {
  const { dmitri, world } = desk;
  await dmitri.type("/container-deploy vision --gpus 2");
  await says("ssh -p 22000", "dmitri");
  const by = (await world.ledger.read((tx) => memberByHandle(tx, "dmitri"))) as ActiveMember;
  const [container] = await world.ledger.read((tx) => livingOfMember(tx, by.id));
  const containerId = container?.id ?? 0;
  await world.ledger.transaction((tx) =>
    tell(
      tx,
      by.slackUserId,
      {
        kind: "note",
        containerId,
        text: "Only GPU 0 is used.",
        offers: [{ kind: "resume-with-one", containerId }],
      },
      world.clock.now(),
    ),
  );
  const note = await says("Only GPU 0 is used.", "dmitri");
  expect(dmitri.confirmText(note, "Stop and resume with 1")).toContain(
    "comes back with its files and what you installed",
  );
  await dmitri.click(note, "Stop and resume with 1", { confirmed: true });
  await dmitri.waitForMessage("dm", "is stopping, to go on with 1 GPU as soon as one is free");
  await world.until(async () => {
    const [row] = await world.ledger.read((tx) => livingOfMember(tx, by.id));
    return row?.run === 2 && row.state === "running";
  }, "it to run again");
  expect((await world.engine.inspect("vision._.dmitri"))?.devices).toHaveLength(1);
});
