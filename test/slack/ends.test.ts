import { afterEach, expect, test } from "vitest";
import { notices } from "../../src/ledger/end-tables.ts";
import { containers } from "../../src/ledger/schema.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type FrontDesk, openDesk } from "./front-desk.ts";

let desk: FrontDesk | undefined;
afterEach(async () => {
  await desk?.end();
  desk = undefined;
});

const minuteMs = 60_000;

test("Slack away for six hours, over the wire: then a new message, 15 minutes, and only then the stop", {
  timeout: 300_000,
}, async () => {
  const clock = jumpingClock();
  const policy = "enrol: open\ndefaults: { max_containers: 9, memory_gib: 1, cpus: 1 }";
  desk = await openDesk({ ends: true, world: { clock, policy } });
  const { slack, ana, world, room } = desk;
  const projects = ["one", "two"];
  for (const project of projects) {
    await ana.type(`/container-deploy ${project} --cpu-only --hours 2`);
    await ana.waitForMessage("dm", (message) => message.text.startsWith(`*${project}* is ready`));
  }
  const states = async () =>
    (await world.ledger.read((tx) => tx.select().from(containers).orderBy(containers.id))).map(
      ({ wanted }) => wanted,
    );
  clock.jump(40 * minuteMs);
  slack.faults.away(true);
  await world.until(async () => room.reach().connectedSince === undefined, "the loss to be seen");
  clock.jump(360 * minuteMs);
  expect(await states()).toEqual(["running", "running"]);
  slack.faults.away(false);
  for (const project of projects) {
    const notice = await ana.waitForMessage(
      "dm",
      (message) => message.text.startsWith(`*${project}* stops in 15`),
      50_000,
    );
    expect(notice.text).toContain("2 hours are over");
  }
  // A receipt is what counts, and it is written after the message is seen.
  const receipts = async () =>
    (await world.ledger.read((tx) => tx.select().from(notices))).map(({ step, acceptedAt }) => [
      step,
      acceptedAt !== null,
    ]);
  await world.until(async () => (await receipts()).every(([, accepted]) => accepted), "the receipts");
  expect(await receipts()).toEqual([
    ["last", true],
    ["last", true],
  ]);
  clock.jump(13 * minuteMs);
  expect(await states()).toEqual(["running", "running"]);
  // A socket lost at this moment, as by a machine that stalls, asks for more minutes: they go by.
  slack.faults.dropSockets();
  clock.jump(3 * minuteMs);
  for (const project of projects)
    await asMinutesPass(
      desk,
      ana.waitForMessage(
        "dm",
        (message) => message.text.includes(`“${project}” has stopped. Its 2 hours are over.`),
        90_000,
      ),
    );
  expect(await states()).toEqual(["stopped", "stopped"]);
});

/** While Slack reaches the bot a minute of its clock goes by each second, until what is awaited has come. */
async function asMinutesPass<T>({ room, world }: FrontDesk, awaited: Promise<T>): Promise<T> {
  const passing = setInterval(() => {
    if (room.reach().connectedSince) (world.clock as JumpingClock).jump(minuteMs);
  }, 1_000);
  try {
    return await awaited;
  } finally {
    clearInterval(passing);
  }
}
