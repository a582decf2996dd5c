import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseCatalogue } from "../../src/images/catalogue.ts";
import { insertBuild } from "../../src/ledger/queries/builds.ts";
import { insertImage, insertRecipe, updateImageRow } from "../../src/ledger/queries/images.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** What admins ask of the catalogue and the disk. */

const gib = 1024 ** 3;
const torch = "docker.io/aimehub/pytorch-2.7.1-cuda11.8.0";
const older = "docker.io/aimehub/pytorch-2.6.0-aime-cuda11.8.0";
let desk: FrontDesk;

beforeAll(async () => {
  const catalogue = parseCatalogue(await readFile("catalogue.yaml", "utf8"));
  desk = await openDesk({ world: { catalogue, engine: { pullable: [older] } } });
});
afterAll(async () => {
  await desk.end();
});

async function answerTo(line: string, who: "ana" | "dmitri" = "dmitri") {
  const person = desk[who];
  const before = new Set(person.messages("gpu").map((message) => message.ts));
  expect(await person.type(line, { channel: "gpu" })).toEqual({ ok: true });
  return await person.waitForMessage("gpu", (message) => message.ephemeral && !before.has(message.ts));
}

test("only admins are answered", async () => {
  for (const line of ["/berth catalogue", "/berth disk"])
    expect((await answerTo(line, "ana")).text).toContain("Only admins can do that.");
});

test("the catalogue shows what is on the server first, and pages through the rest", async () => {
  desk.world.engine.now.image(torch, true, {}, { sizeBytes: 14 * gib });
  const first = await answerTo("/berth catalogue");
  expect(first.text).toMatch(/^The catalogue has 1\d\d base images, 1 of them on the server\.$/);
  const words = wordsIn(first.blocks);
  expect(words).toContain("`pytorch-2.7.1-ampere`  ·  :white_check_mark: on the server, 14 GB");
  expect(words).toContain("house image");
  expect(words).toContain("1 to 15 of 1");
  await desk.dmitri.click(first, "More");
  await desk.slack.waitFor(
    () => desk.dmitri.messages("gpu").some((message) => wordsIn(message.blocks).includes("16 to 30 of 1")),
    10_000,
    "the second page",
  );
});

test("every page is within Slack's limits, to the last", async () => {
  let message = await answerTo("/berth catalogue");
  for (let page = 2; page <= 20; page++) {
    if (!JSON.stringify(message.blocks).includes('"More"')) break;
    const seen = wordsIn(message.blocks);
    await desk.dmitri.click(message, "More");
    const { ts } = message;
    message = await desk.dmitri.waitForMessage(
      "gpu",
      (one) =>
        one.ephemeral &&
        one.ts >= ts &&
        wordsIn(one.blocks) !== seen &&
        wordsIn(one.blocks).includes(" of 1"),
    );
  }
  expect(wordsIn(message.blocks)).toMatch(/(\d+) to (\d+) of \2\./);
});

test("words find rows; what the GPUs can't run says why and is not fetched", async () => {
  const words = wordsIn((await answerTo("/berth catalogue tensorflow 2.16")).blocks);
  expect(words).toContain("It is made for Ada and Hopper GPUs; this server has Ampere.");
  expect(words).not.toContain("Pull now");
  expect((await answerTo("/berth catalogue zzzzzzzz")).text).toContain("0 base images for “zzzzzzzz”");
});

test("Pull now fetches in the background and says when it is there", async () => {
  const answer = await answerTo("/berth catalogue pytorch-2.6.0-ampere");
  await desk.dmitri.click(answer, "Pull now");
  await desk.dmitri.waitForMessage("dm", "pytorch-2.6.0-ampere is on the server now");
  expect(await desk.world.engine.image(older)).toBeDefined();
  expect(wordsIn((await answerTo("/berth catalogue pytorch-2.6.0-ampere")).blocks)).toContain(
    "on the server",
  );
});

test("a fetch that fails says so, in the engine's words", async () => {
  const answer = await answerTo("/berth catalogue pytorch-2.7.0-ampere");
  await desk.dmitri.click(answer, "Pull now");
  const told = await desk.dmitri.waitForMessage("dm", "pytorch-2.7.0-ampere could not be fetched");
  expect(wordsIn(told.blocks)).toContain("press Pull now again");
});

test("a silent engine: the catalogue is shown all the same, and nothing is said of what is there", async () => {
  desk.world.engine.now.silent(true);
  const words = wordsIn((await answerTo("/berth catalogue pytorch 2.7")).blocks);
  desk.world.engine.now.silent(false);
  expect(words).toContain("The server does not answer at the moment");
  expect(words).not.toContain("not on the server");
});

test("the disk: what takes it, whose it is, and a prune that says what it freed", async () => {
  const { world, dmitri } = desk;
  const at = world.clock.now();
  const ana = await world.ledger.read((tx) => memberByHandle(tx, "ana"));
  if (!ana) throw new Error("ana is known");
  for (const [number, bytes] of [
    [1, 3 * gib],
    [2, 5 * gib],
  ] as const) {
    const ref = `ds01-ana/vision:build-${number}`;
    world.engine.now.image(
      ref,
      true,
      {},
      { sizeBytes: bytes, sharedBytes: 0, labels: { "berth.instance": "test" } },
    );
  }
  await world.ledger.write(async (tx) => {
    const image = await insertImage(tx, { memberId: ana.id, name: "vision", createdAt: at });
    const recipe = {
      base: { kind: "catalogue" as const, name: "b", image: "b" },
      sets: [],
      pip: [],
      apt: [],
    };
    const row = await insertRecipe(tx, { imageId: image.id, version: 1, recipe, createdAt: at });
    for (const number of [1, 2]) {
      const build = await insertBuild(tx, {
        requestId: `r${number}`,
        imageId: image.id,
        recipeId: row.id,
        memberId: ana.id,
        nodeId: "gpu1",
        state: "ready",
        stateSince: at,
        askedAt: at,
        engineImageId: world.engine.imageNamed(`ds01-ana/vision:build-${number}`)?.id ?? null,
      });
      await updateImageRow(tx, image.id, { latestBuildId: build.id });
    }
  });

  await dmitri.type("/berth disk", { channel: "gpu" });
  const page = await dmitri.waitForModal((modal) => wordsIn(modal.blocks).includes("By member"));
  const words = wordsIn(page.blocks);
  expect(words).toContain("800 GB of 1000 GB free (80 %)");
  expect(words).toContain("`Members' images  ` 8 GB  ·  2 images");
  expect(words).toMatch(/`ana +` \*8 GB\* {2}· {2}images 8 GB/);
  expect(words).toContain("1 old build that nothing refers to (3 GB)");

  await dmitri.click("modal", "Prune now", { confirmed: true });
  await dmitri.waitForMessage("dm", "Pruned: 1 old build went, and 3 GB are free again.");
  expect(world.engine.imageNamed("ds01-ana/vision:build-1")).toBeUndefined();
  expect(world.engine.imageNamed("ds01-ana/vision:build-2")).toBeDefined();
});

test("the disk while the engine is silent says what can't be known", async () => {
  desk.world.engine.now.silent(true);
  await desk.dmitri.type("/berth disk", { channel: "gpu" });
  const page = await desk.dmitri.waitForModal((modal) => wordsIn(modal.blocks).includes("does not answer"));
  desk.world.engine.now.silent(false);
  expect(wordsIn(page.blocks)).toContain("A prune needs the container engine.");
});
