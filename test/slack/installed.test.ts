import { afterEach, beforeEach, expect, test } from "vitest";
import { imageNamed } from "../../src/images/list.ts";
import { buildsToMake } from "../../src/ledger/queries/builds.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { becomesReady, create } from "../images/steps.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** What was installed by hand: shown before and after a retire, and made part of the image by one click. */

let desk: FrontDesk;
let installed = "";

beforeEach(async () => {
  installed = "pip einops-0.8.0\npip numpy-2.3.1\napt sl\n";
  desk = await openDesk({ world: { onExec: () => ({ exitCode: 0, output: installed }) } });
});
afterEach(async () => {
  await desk.end();
});

const ana = async () => (await desk.world.ledger.read((tx) => memberByHandle(tx, "ana"))) as ActiveMember;
const card = (words: string) =>
  desk.ana.waitForMessage("dm", (message) => !message.ephemeral && wordsIn(message.blocks).includes(words));
const modal = (words: string) => desk.ana.waitForModal((view) => wordsIn(view.blocks).includes(words));

async function ownImageRuns(): Promise<void> {
  await becomesReady(desk.world, await create(desk.world, await ana(), "vision", "numpy<2\npandas"));
  await desk.ana.type("/container-deploy vision");
  await card("ssh -p 22000");
}

test("the ended card names it; one click makes it part of the image, and the card offers it no more", async () => {
  await ownImageRuns();
  await desk.ana.click(await card("ssh -p 22000"), "Retire", { confirmed: true });
  const ended = await card("You installed by hand: `einops==0.8.0`, `numpy==2.3.1`, `sl`.");
  expect(await desk.world.ledger.read((tx) => buildsToMake(tx))).toEqual([]);
  await desk.ana.click(ended, "Add to the image");
  await desk.ana.waitForMessage("dm", "*vision* is built anew with `einops==0.8.0`, `numpy==2.3.1`, `sl`.");
  const { recipe } = await imageNamed(desk.world, { by: await ana(), text: "vision" });
  const [newest] = (await imageNamed(desk.world, { by: await ana(), text: "vision" })).view.recipes;
  expect(recipe.recipe.pip).toEqual(["numpy<2", "pandas"]);
  expect(newest?.recipe).toMatchObject({ pip: ["pandas", "einops==0.8.0", "numpy==2.3.1"], apt: ["sl"] });
  const after = await desk.ana.waitForMessage(
    "dm",
    (message) => message.ts === ended.ts && !wordsIn(message.blocks).includes("by hand"),
  );
  expect(wordsIn(after.blocks)).not.toContain("Add to the image");
  await desk.ana.click(ended, "add-installed", { stale: true });
  await desk.ana.waitForMessage("dm", "Nothing is known to be installed by hand in “vision”.");
  expect(await desk.world.ledger.read((tx) => buildsToMake(tx))).toHaveLength(1);
});

test("/container-retire asks the container first; retire and add: the GPU goes first, the image is built after", async () => {
  await ownImageRuns();
  await desk.ana.type("/container-retire vision");
  await modal("You installed by hand: `einops==0.8.0`");
  await desk.ana.click("modal", "Retire, and add to the image", { confirmed: true });
  await modal("*vision* is built anew with");
  await card("*vision*  ·  retired");
  const story = await desk.world.ledger.read(async (tx) =>
    (await buildsToMake(tx)).map((view) => view.recipe.apt),
  );
  expect(story).toEqual([["sl"]]);
});

test("made from a house image: the form of an image of one's own, filled with it", async () => {
  await desk.ana.type("/container-deploy notes --cpu-only");
  await card("ssh -p 22000");
  await desk.ana.click(await card("ssh -p 22000"), "Retire", { confirmed: true });
  const ended = await card("You installed by hand");
  await desk.ana.click(ended, "Make an image with it");
  const form = await desk.ana.waitForModal((view) => view.state.pip !== undefined);
  expect(form.state.name?.name).toMatchObject({ value: "notes" });
  expect(form.state.base?.base).toMatchObject({ selected_option: { value: "house" } });
  expect(form.state.pip?.pip).toMatchObject({ value: "einops==0.8.0\nnumpy==2.3.1" });
  expect(form.state.apt?.apt).toMatchObject({ value: "sl" });
  expect(await desk.ana.submit()).toEqual({ ok: true });
  const { recipe } = await imageNamed(desk.world, { by: await ana(), text: "notes" });
  expect(recipe.recipe).toMatchObject({ base: { name: "house" }, apt: ["sl"] });
});

test("nothing installed: the question and the card say nothing of it", async () => {
  installed = "";
  await ownImageRuns();
  await desk.ana.type("/container-retire vision");
  const question = await modal("Retire *vision*?");
  expect(wordsIn(question.blocks)).not.toContain("by hand");
  await desk.ana.click("modal", "Retire", { confirmed: true });
  expect(wordsIn((await card("*vision*  ·  retired")).blocks)).not.toContain("by hand");
});

test("a container that lies: its words are shown letter by letter, and no image is made of them", async () => {
  installed = [
    "pip a`*b*<!channel>-1.0",
    "pip $(touch x)-1.0",
    "pip -r-1",
    "pip evil-1.0 --index-url=http://x",
    "apt -o=Dir::Etc=x",
    "pip good-1.0",
    "x".repeat(60_000),
  ].join("\n");
  await ownImageRuns();
  await desk.ana.click(await card("ssh -p 22000"), "Retire", { confirmed: true });
  const ended = await card("You installed by hand: `good==1.0`. It is not in the image");
  expect(JSON.stringify(ended.blocks)).not.toContain("channel");
});
