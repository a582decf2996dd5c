import { afterEach, beforeEach, expect, test } from "vitest";
import { useOfLate } from "../../src/containers/use.ts";
import { newestOfProject } from "../../src/ledger/queries/containers.ts";
import { insertMark } from "../../src/ledger/queries/idle.ts";
import { memberByHandle, memberById } from "../../src/ledger/queries/members.ts";
import { writeMinutes } from "../../src/ledger/queries/use.ts";
import { pictureOfUse } from "../../src/slack/use-picture.ts";
import { quietMinute } from "../support/minute.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** What a container uses: in figures where it was asked, and as a picture in the conversation with Berth. */

let desk: FrontDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

const minuteMs = 60_000;

async function running(words = "--gpus 1") {
  const { ana, world } = desk;
  await ana.type(`/container-deploy vision ${words}`);
  await ana.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("ready"));
  return world.ledger.read(async (tx) => {
    const owner = await memberByHandle(tx, "ana");
    return (await newestOfProject(tx, owner!.id, "vision"))!;
  });
}

/** It worked for the last minutes, as was written down of it. */
async function worked(containerId: number, minutes: number) {
  const { world } = desk;
  const [device] = world.host.deviceIds();
  const over = Math.floor(world.clock.now().getTime() / minuteMs) * minuteMs;
  await world.ledger.transaction((tx) =>
    writeMinutes(
      tx,
      Array.from({ length: minutes }, (_, n) => ({
        containerId,
        run: 1,
        sign: "active" as const,
        ...quietMinute(new Date(over - (minutes - n) * minuteMs), {
          devices: [{ id: device!, sign: "active" as const, usePercent: 80, memoryMiB: 20_480 }],
          cpuSeconds: 60,
          memoryMiB: 4096,
        }),
      })),
    ),
  );
}

const answer = (who: "ana" | "ben" | "dmitri", words: string) =>
  desk[who].waitForMessage(
    "dm",
    (message) => message.ephemeral && wordsIn(message.blocks).includes(words),
    20_000,
  );
const picture = (who: "ana" | "dmitri") =>
  desk[who].waitForMessage("dm", (message) => (message.files?.length ?? 0) > 0, 20_000);

test("figures of this moment, and a picture of the last hours that has a name for who can't see it", async () => {
  const { ana, world, slack } = desk;
  const { id, engineId } = await running();
  await worked(id, 120);
  const [device] = world.host.deviceIds();
  world.host.load(device!, 85);
  world.host.compute(device!, { containerId: engineId!, memoryMiB: 20_480 });
  world.host.uses(engineId!, { cpuSeconds: 100, memoryBytes: 3 * 1024 ** 3 });
  await world.until(
    async () => world.node.latest.gpus?.gpus[0]?.utilisationPercent === 85,
    "the GPUs to be read again",
  );
  await ana.type("/container-stats vision");
  const words = wordsIn((await answer("ana", "picture of its last hours")).blocks);
  for (const part of ["85 %", "20 of 40 GB", "0 of 16 cores", "3 of 32 GB", "running on GPU 0"])
    expect(words).toContain(part);
  const [file] = (await picture("ana")).files ?? [];
  expect(file).toMatchObject({ name: "vision-use.png", mimetype: "image/png" });
  expect(file?.alt).toMatch(/^What vision used in the last \d+ minutes: GPU/);
  const bytes = Buffer.from(await (await fetch(`${slack.url}${file?.url}`)).arrayBuffer());
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
});

test("the picture of one that is free on demand shows since when it is idle", async () => {
  const { world } = desk;
  const { id, memberId } = await running();
  await worked(id, 60);
  const named = async () => {
    const owner = await world.ledger.read((tx) => memberById(tx, memberId));
    return useOfLate(world, { by: owner!, isAdmin: false, name: "vision" });
  };
  expect((await named()).idleSince).toBeUndefined();
  const now = world.clock.now();
  const since = new Date(now.getTime() - 2 * minuteMs);
  const evidence = { rule: "a test" };
  await world.ledger.transaction((tx) =>
    insertMark(tx, { containerId: id, run: 1, since, markedAt: now, endsAt: now, evidence }),
  );
  const use = await named();
  expect(use.idleSince).toEqual(since);
  const drawn = async (of: typeof use) => (await pictureOfUse(of, "UTC")) as { png: Buffer };
  const [withLine, without] = [await drawn(use), await drawn({ ...use, idleSince: undefined })];
  expect(withLine.png.equals(without.png)).toBe(false);
});

test("others have no such container; an admin sees whose it is", async () => {
  const { ben, dmitri } = desk;
  const { id } = await running();
  await worked(id, 60);
  await ben.type("/container-stats ana/vision");
  await answer("ben", "There never was a container called “ana/vision”.");
  await dmitri.type("/container-stats ana/vision");
  const seen = await answer("dmitri", "picture of its last hours");
  expect(wordsIn(seen.blocks)).not.toContain("Open");
  await picture("dmitri");
});

test("a picture that can't be sent keeps nobody from the figures", async () => {
  const { ana, slack } = desk;
  const { id } = await running();
  await worked(id, 60);
  slack.faults.next("files.getUploadURLExternal", { error: "internal_error" });
  await ana.type("/container-stats vision");
  expect(wordsIn((await answer("ana", "could not be sent just now")).blocks)).toContain("GPU use");
});

test("a machine that says nothing: unknown, and never zero", async () => {
  const { ana, world } = desk;
  const { engineId } = await running();
  world.host.uses(engineId!, undefined);
  await ana.type("/container-stats vision");
  const words = wordsIn((await answer("ana", "too short for a picture")).blocks);
  expect(words).toMatch(/`CPU +` {2}could not be read just now/);
  expect(words).toMatch(/`Memory +` {2}could not be read just now/);
});

test("without a GPU, stopped, and not run yet", async () => {
  const { ana, world } = desk;
  const { id, engineId } = await running("--cpu-only");
  world.host.uses(engineId!, { cpuSeconds: 0, memoryBytes: 20 * 1024 ** 2 });
  await ana.type("/container-stats vision");
  const words = wordsIn((await answer("ana", "0 of 16 cores")).blocks);
  expect(words).not.toContain("GPU use");
  expect(words).toMatch(/`Memory +` {2}▰▱{9} {2}under 0\.1 of 32 GB/);
  await ana.type("/container-stop vision");
  await ana.waitForMessage("dm", "*vision* is stopped.");
  await worked(id, 1);
  await ana.type("/container-stats vision");
  await ana.waitForMessage("dm", "vision does not run: stopped.");
  await ana.type("/container-deploy many --gpus 9");
  await ana.type("/container-stats nothing");
  await answer("ana", "There never was a container called “nothing”.");
  await ana.type("/container-stats");
  await answer("ana", "/container-stats <project>");
});
