import { afterEach, beforeEach, expect, test } from "vitest";
import { addInstalled, withLines } from "../../src/containers/add-installed.ts";
import { deploy } from "../../src/containers/deploy.ts";
import { installedNow } from "../../src/containers/installed.ts";
import { containerView } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { shareImage } from "../../src/images/share.ts";
import { updateContainer } from "../../src/ledger/queries/containers.ts";
import { imageViews, newestRecipe } from "../../src/ledger/queries/images.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { becomesReady, create } from "../images/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { ready, settled } from "./steps.ts";

let database: TestDatabase;
let world: MemoryWorld;
let clock: JumpingClock;
let ana: ActiveMember;
/** What the container says, when it is asked. */
let says: () => { exitCode: number; output: string };
/** Held back as long as it is there. */
let held: Promise<void> | undefined;
let asked = 0;

beforeEach(async () => {
  says = () => ({ exitCode: 0, output: "pip einops-0.8.0\napt sl\n" });
  held = undefined;
  asked = 0;
  database = await freshDatabase();
  clock = jumpingClock();
  world = await memoryWorld(database.url, {
    clock,
    onExec: () => says(),
    hooks: {
      async before(verb) {
        if (verb !== "exec") return;
        asked += 1;
        await held;
      },
    },
  });
  world.start();
  await ready(world);
  ana = await world.member("ana");
});

afterEach(async () => {
  await settledAndSound(world).finally(() => world.end());
  await database.drop();
});

async function runs(image?: string): Promise<number> {
  const { container } = await deploy(world, {
    by: ana,
    requestId: `r ${Math.random()}`,
    project: "vision",
    ...(image ? { image } : {}),
  });
  await settled(world, container.id, "running");
  return container.id;
}

const installedIn = async (id: number) => (await containerView(world, id))?.container.installed;

test("a stop notes it, a run keeps it, and what is noted last counts", async () => {
  const id = await runs();
  await stop(world, { by: ana, which: { containerId: id } });
  await settled(world, id, "stopped");
  expect(await installedIn(id)).toEqual({ pip: ["einops==0.8.0"], apt: ["sl"] });
  await run(world, { by: ana, which: { containerId: id } });
  await settled(world, id, "running");
  says = () => ({ exitCode: 0, output: "pip einops-0.9.0\n" });
  await retire(world, { by: ana, which: { containerId: id } });
  await settled(world, id, "retired");
  expect(await installedIn(id)).toEqual({ pip: ["einops==0.9.0"], apt: [] });
  expect(asked).toBe(2);
});

test("one that ended by itself is not asked, and one that is not known to hold anything says nothing", async () => {
  const id = await runs();
  world.engine.now.deaf(true);
  world.engine.now.ended("vision._.ana", 1);
  await stop(world, { by: ana, which: { containerId: id } });
  await settled(world, id, "stopped");
  expect(await installedIn(id)).toBeNull();
  world.engine.now.deaf(false);
});

test.each([
  ["fails", () => ({ exitCode: 1, output: "touch: no space left" })],
  [
    "breaks",
    () => {
      throw new Error("broken");
    },
  ],
])(
  "a container that %s when it is asked is stopped all the same, and its GPU is free",
  async (_how, answer) => {
    const id = await runs();
    says = answer;
    await retire(world, { by: ana, which: { containerId: id } });
    const { devices } = await settled(world, id, "retired");
    expect(devices).toEqual([]);
    expect(await installedIn(id)).toBeNull();
  },
);

test("a container that never answers holds the stop back for five seconds and no longer", async () => {
  const id = await runs();
  const never = Promise.withResolvers<void>();
  held = never.promise;
  await retire(world, { by: ana, which: { containerId: id } });
  await world.until(async () => asked === 1, "the container to be asked");
  expect((await world.engine.inspect("vision._.ana"))?.state).toBe("running");
  clock.jump(4_000);
  expect((await world.engine.inspect("vision._.ana"))?.state).toBe("running");
  clock.jump(1_000);
  await settled(world, id, "retired");
  never.resolve();
  expect(await installedIn(id)).toBeNull();
});

test("an engine that is silent when the container is asked: the stop goes on", async () => {
  const id = await runs();
  world.engine.now.trouble({ verb: "exec", when: "before", error: "silent" });
  await retire(world, { by: ana, which: { containerId: id } });
  await settled(world, id, "retired");
  expect(await installedIn(id)).toBeNull();
});

test("asked for before a retire it is read at once and kept; of a stopped one it is what was seen last", async () => {
  const id = await runs();
  const view = await containerView(world, id);
  if (!view) throw new Error("no view");
  expect(await installedNow(world, view)).toEqual({ pip: ["einops==0.8.0"], apt: ["sl"] });
  expect(await installedIn(id)).toEqual({ pip: ["einops==0.8.0"], apt: ["sl"] });
  await stop(world, { by: ana, which: { containerId: id } });
  const stopped = await settled(world, id, "stopped");
  says = () => {
    throw new Error("not to be asked");
  };
  expect(await installedNow(world, stopped)).toEqual({ pip: ["einops==0.8.0"], apt: ["sl"] });
});

test("what the image holds already is not by hand; another version of it is", async () => {
  await becomesReady(world, await create(world, ana, "vision"));
  const id = await runs("vision");
  says = () => ({ exitCode: 0, output: "pip numpy-1.26.4\npip Einops-0.8.0\napt git\n" });
  await retire(world, { by: ana, which: { containerId: id } });
  await settled(world, id, "retired");
  expect(await installedIn(id)).toEqual({ pip: ["einops==0.8.0"], apt: [] });
  const again = await runs("vision");
  says = () => ({ exitCode: 0, output: "pip numpy-2.0.0\n" });
  await retire(world, { by: ana, which: { containerId: again } });
  await settled(world, again, "retired");
  expect(await installedIn(again)).toEqual({ pip: ["numpy==2.0.0"], apt: [] });
});

test("added twice it is one build, and what is added is not by hand any more", async () => {
  const made = await create(world, ana, "vision", "pandas");
  await becomesReady(world, made);
  const id = await runs("vision");
  const view = await containerView(world, id);
  if (!view) throw new Error("no view");
  await installedNow(world, view);
  const [one, two] = await Promise.all(
    [1, 2].map(async () => addInstalled(world, { by: ana, view: (await containerView(world, id)) ?? view })),
  );
  expect(one).toMatchObject({ is: "asked", lines: ["einops==0.8.0", "sl"] });
  expect(two?.is === "asked" && one?.is === "asked" && two.build.build.id).toBe(
    one?.is === "asked" && one.build.build.id,
  );
  const recipe = await world.ledger.read((tx) => newestRecipe(tx, made.image.id));
  expect(recipe).toMatchObject({ version: 2, recipe: { pip: ["pandas", "einops==0.8.0"], apt: ["sl"] } });
  await retire(world, { by: ana, which: { containerId: id } });
  await settled(world, id, "retired");
  expect(await installedIn(id)).toEqual({ pip: [], apt: [] });
});

test("an image that somebody shares is not changed: one like it is offered", async () => {
  const ben = await world.member("ben");
  const theirs = await create(world, ben, "speech", "numpy<2");
  await becomesReady(world, theirs);
  await shareImage(world, { by: ben, imageId: theirs.image.id, withMemberId: ana.id });
  const id = await runs("ben/speech");
  await world.ledger.transaction((tx) =>
    updateContainer(tx, id, { installed: { pip: ["einops==0.8.0"], apt: [] } }),
  );
  const view = await containerView(world, id);
  if (!view) throw new Error("no view");
  expect(await addInstalled(world, { by: ana, view })).toMatchObject({
    is: "not-own",
    base: { image: { image: { id: theirs.image.id } } },
    installed: { pip: ["einops==0.8.0"] },
  });
  const [speech] = await world.ledger.read((tx) => imageViews(tx, [theirs.image.id]));
  expect(speech?.recipes).toHaveLength(1);
});

test("a line for a package that is asked for already gives way to the new one", () => {
  const wish = {
    base: { catalogue: "house" },
    sets: [],
    pip: "Foo_Bar[x]>=1 ; python_version>'3'\nnumpy<2",
    apt: "git=1\ntmux",
  };
  expect(withLines(wish, { pip: ["foo-bar==2"], apt: ["git"] })).toMatchObject({
    pip: "numpy<2\nfoo-bar==2",
    apt: "tmux\ngit",
  });
});
