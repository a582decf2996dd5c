import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prune } from "../../src/images/disk/prune.ts";
import { fetchNow, rowNamed } from "../../src/images/fetch.ts";
import { imageNamed } from "../../src/images/list.ts";
import { buildAgain } from "../../src/images/update.ts";
import { makeBuilds } from "../../src/jobs/make-builds.ts";
import type { Build } from "../../src/ledger/image-tables.ts";
import type { BuildView } from "../../src/ledger/queries/builds.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { leavesLists } from "../images/engine-room.ts";
import { buildNow, create } from "../images/steps.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { testImage } from "../support/memory-world.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

let desk: FrontDesk;
let clock: JumpingClock;
/** What is newest in the package index, and so in what is built now. */
let newest: string;

const dayMs = 24 * 3_600_000;

beforeEach(async () => {
  clock = jumpingClock();
  newest = "numpy==1.26.4";
  const engine = {
    ...leavesLists,
    pullable: "all" as const,
    onBuild: () => ({ makes: { files: { "/etc/berth/image.txt": listed(newest) } } }),
  };
  desk = await openDesk({ world: { clock, engine } });
  await desk.world.stop();
  desk.world.start(...desk.room.jobs, makeBuilds());
});
afterEach(async () => {
  await desk.end();
});

test("what did experiment-42 run? a month and two updates of its base later it is told to the version, and can be run", async () => {
  const { ana, world } = desk;
  const by = (await world.ledger.read((tx) => memberByHandle(tx, "ana"))) as ActiveMember;
  const first = await ended(await create(world, by, "vision", "numpy"));
  await ana.type("/image-tag vision experiment-42");
  await ana.waitForMessage("dm", answer("*vision:experiment-42* keeps what vision is now"));

  let latest = first;
  for (const version of ["numpy==2.1.0", "numpy==2.3.5"]) {
    clock.jump(16 * dayMs);
    newest = version;
    await baseUpdate();
    latest = await ended(await buildAgain(world, { by, requestId: randomUUID(), imageId: first.imageId }));
    // Nobody has used the experiment's image since, and it stays.
    await prune(world, 7);
  }
  expect(new Set([first.baseImageId, latest.baseImageId]).size).toBe(2);
  expect(latest.contents?.pip).toEqual(["numpy==2.3.5"]);

  await ana.type("/image-list vision:experiment-42");
  const told = await ana.waitForMessage("dm", answer("*Made of*"));
  expect(wordsIn(told.blocks)).toContain(first.engineImageId);
  expect(wordsIn(told.blocks)).toContain("Python: `numpy`");
  await ana.click(told, "What is in it");
  const contents = wordsIn((await ana.waitForModal("Python packages")).blocks);
  expect(contents).toContain("numpy==1.26.4");
  expect(contents).toContain("git=1:2.39.5-0");
  expect(contents).not.toMatch(/numpy==2/);
  await ana.close({ all: true });
  await ana.click(told, "Show Dockerfile");
  const dockerfile = wordsIn((await ana.waitForModal("How vision is made.")).blocks);
  expect(dockerfile).toContain(`FROM berth-base:${first.baseImageId?.slice(7, 19)}`);
  await ana.close({ all: true });

  await ana.type("/container-deploy vision --image vision:experiment-42 --cpu-only");
  await ana.waitForMessage("dm", (message) => /^\*vision\* is ready/.test(message.text));
  const [container] = await world.engine.list();
  expect(container?.imageId).toBe(first.engineImageId);
  expect((await imageNamed(world, { by, text: "vision" })).build?.id).toBe(latest.id);
});

async function ended({ build }: BuildView): Promise<Build> {
  return desk.world.until(async () => {
    const now = await buildNow(desk.world, build.id);
    return now.state === "ready" && now;
  }, "the image to be built");
}

/** Its registry has a new one under the same name, and an admin has fetched it. */
async function baseUpdate(): Promise<void> {
  const { world } = desk;
  const before = world.engine.imageNamed(testImage)?.id;
  world.engine.now.published(testImage);
  const dmitri = await world.ledger.read((tx) => memberByHandle(tx, "dmitri"));
  if (!dmitri) throw new Error("there is no admin");
  fetchNow(world, rowNamed(world.catalogue, "house"), dmitri);
  await world.until(async () => world.engine.imageNamed(testImage)?.id !== before, "the new base");
}

const listed = (pip: string) => `== os
ID=debian
VERSION_ID="12"
== python
3.11.2
== pip
${pip}
== apt
git=1:2.39.5-0
== apt-manual
git
== end
`;

const answer = (words: string) => (message: { ephemeral: boolean; blocks?: unknown }) =>
  message.ephemeral && wordsIn(message.blocks).includes(words);
