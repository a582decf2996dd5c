import { afterEach, beforeEach, expect, test } from "vitest";
import { ownContainers } from "../../src/containers/list.ts";
import { imageNamed, imagesOf } from "../../src/images/list.ts";
import { shareImage } from "../../src/images/share.ts";
import { tagImage } from "../../src/images/tag.ts";
import { buildsToMake, noteProgress } from "../../src/ledger/queries/builds.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { keysOf } from "../../src/members/keys.ts";
import { becomesReady, claims, create, fails } from "../images/steps.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** From nothing to a container by one form: key, image and container in one go. */

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrYPx0Kmb3/2C7n8kKCrV3BqzYoMYSwBE1sG1pZb4mR eve@laptop";

async function member(handle: string): Promise<ActiveMember> {
  return (await desk.world.ledger.read((tx) => memberByHandle(tx, handle))) as ActiveMember;
}

/** Eve is in, and has nothing: no key, no image. */
async function eveJoins(): Promise<ActiveMember> {
  const { eve } = desk;
  await eve.type("/limits");
  await eve.click(await eve.waitForMessage("dm", "Welcome, eve."), "Choose my user name");
  await eve.waitForModal((modal) => modal.submit !== undefined);
  expect(await eve.submit()).toEqual({ ok: true });
  await eve.close();
  return member("eve");
}

async function openForm(who: FrontDesk["ana"], words = "") {
  await who.type(`/container-deploy ${words}`.trim());
  return who.waitForModal((modal) => modal.title.text === "New container" && modal.submit !== undefined);
}

async function theBuild() {
  const [view] = await desk.world.ledger.read(buildsToMake);
  if (!view) throw new Error("nothing is to be built");
  return view;
}

const card = (who: FrontDesk["ana"], words: string) =>
  who.waitForMessage("dm", (message) => !message.ephemeral && wordsIn(message.blocks).includes(words));

test("a newcomer without anything: one form makes key, image and container, one card shows all of it", async () => {
  const by = await eveJoins();
  const { eve, world } = desk;
  const form = await openForm(eve, "vision");
  expect(wordsIn(form.blocks)).toContain("Your public SSH key");
  const torch = await eve.suggest("modal", "image", "pytorch 2.8");
  expect(torch.ok && torch.options[0]).toMatchObject({ value: "make torch-2.8" });
  expect(await eve.submit({ image: "make torch-2.8", key: publicKey, hours: "2" })).toEqual({ ok: true });
  expect(wordsIn(eve.modal()?.blocks)).toContain("*vision* starts when its image is built.");

  expect((await keysOf(world, by)).map((key) => key.comment)).toEqual(["eve@laptop"]);
  const view = await theBuild();
  expect(view).toMatchObject({ image: { name: "vision" }, recipe: { base: { name: "torch-2.8" }, pip: [] } });
  const waiting = await card(eve, ":white_check_mark: Key  →  :hourglass_flowing_sand: *Image*");

  const steps = [
    { name: "Fetching the base image", seconds: 12, cached: false },
    { name: "Installing the SSH server", seconds: null, cached: false },
  ];
  await claims(world, view.build.id);
  await world.ledger.transaction(async (tx) => {
    await noteProgress(tx, view.build.id, { steps, of: 5 });
    await tell(tx, "UEVE", { kind: "build", buildId: view.build.id }, world.clock.now());
  });
  const moved = await card(eve, "Step 2 of 5: Installing the SSH server (12 s so far).");
  expect(moved.ts).toBe(waiting.ts);

  await becomesReady(world, view);
  const ready = await card(eve, "ssh -p 22000 eve@gpu1.example.org");
  expect(wordsIn(ready.blocks)).toContain("vision:latest");
  const about = eve.messages("dm").filter((message) => message.text.includes("vision"));
  expect(about.map((message) => message.ts)).toEqual([waiting.ts, ready.ts]);
  expect(about[0]?.text).toContain("goes on in a newer message below");
});

test("what is wrong is shown at once, and nothing of it is kept: no key, no image, no container", async () => {
  const by = await eveJoins();
  const { eve, world } = desk;
  await openForm(eve, "vision");
  await eve.suggest("modal", "image", "pytorch");
  const wrong = { image: "make torch-2.8", project: "My Vision", key: "-----BEGIN OPENSSH PRIVATE KEY-----" };
  expect(await eve.submit(wrong)).toMatchObject({ ok: false });
  expect(eve.modal()?.errors).toMatchObject({
    project: expect.stringContaining("for example “my-vision”"),
    key: expect.stringContaining("private"),
  });
  expect(await eve.submit({ project: "vision", key: publicKey, hours: "999" })).toMatchObject({ ok: false });
  expect(eve.modal()?.errors.hours).toContain("999 hours are more");
  expect(await keysOf(world, by)).toEqual([]);
  expect(await imagesOf(world, by)).toEqual([]);
  expect(await ownContainers(world, by)).toEqual([]);
  expect(await eve.submit({ hours: "2" })).toEqual({ ok: true });
  expect(await keysOf(world, by)).toHaveLength(1);
});

test("sent twice, it is done once", async () => {
  const by = await eveJoins();
  const { eve, slack, world } = desk;
  await openForm(eve, "vision");
  await eve.suggest("modal", "image", "pytorch");
  await eve.submit({ image: "make torch-2.8", key: publicKey });
  const sent = slack.journal.deliveries("interactive").at(-1)?.payload ?? {};
  await slack.deliver("interactive", sent);
  await desk.restartRoom();
  await slack.deliver("interactive", sent);
  expect(await keysOf(world, by)).toHaveLength(1);
  expect(await imagesOf(world, by)).toHaveLength(1);
  expect((await world.ledger.read((tx) => buildsToMake(tx))).length).toBe(1);
  expect(await ownContainers(world, by)).toHaveLength(1);
});

test("own images with their tags, shared ones, house images and frameworks are offered in groups", async () => {
  const { ana, world } = desk;
  const [me, ben] = [await member("ana"), await member("ben")];
  const mine = await create(world, me, "vision", "numpy<2");
  await becomesReady(world, mine);
  const theirs = await create(world, ben, "speech");
  await becomesReady(world, theirs);
  await tagImage(world, { by: me, name: "vision", tag: "exp-42" });
  await shareImage(world, { by: ben, imageId: theirs.image.id, withMemberId: me.id });
  const form = await openForm(ana);
  expect(form.state.image?.image).toMatchObject({ selected_option: { value: "house" } });
  const all = await ana.suggest("modal", "image", "");
  const groups = all.ok ? (all.groups ?? []) : [];
  expect(groups.map(({ label, options }) => [label.text, options.map(({ value }) => value)])).toEqual([
    ["Your images", ["vision:latest", "vision:exp-42"]],
    ["Shared with you", ["ben/speech:latest"]],
    ["Ready to start", ["house"]],
    ["Built for this project, from a framework", ["make torch-2.8"]],
    ["Built for this project, like another image", [`like ${mine.image.id}`]],
    ["Something else", ["build my-own"]],
  ]);
});

test("“like my …”: an image made of the same, under the new project's name", async () => {
  const { ana, world } = desk;
  const me = await member("ana");
  const vision = await create(world, me, "vision", "numpy<2");
  await openForm(ana, "speech");
  await ana.suggest("modal", "image", "like");
  expect(await ana.submit({ image: `like ${vision.image.id}` })).toEqual({ ok: true });
  const { recipe } = await imageNamed(world, { by: me, text: "speech" });
  expect(recipe.recipe).toMatchObject({ base: { name: "house" }, pip: ["numpy<2"] });
  await card(ana, "*speech*  ·  its image is being built");
});

test("somebody else's image can't be copied by its number", async () => {
  const { ana, slack, world } = desk;
  const theirs = await create(world, await member("ben"), "secret", "numpy<2");
  await openForm(ana, "speech");
  await ana.submit({ hours: "soon" });
  const real = slack.journal.deliveries("interactive").at(-1)?.payload as {
    view: { state: { values: Record<string, unknown> } };
  };
  const values = {
    ...real.view.state.values,
    image: { image: { type: "external_select", selected_option: { value: `like ${theirs.image.id}` } } },
    hours: { hours: { type: "plain_text_input", value: "1" } },
  };
  await slack.deliver("interactive", { ...real, view: { ...real.view, state: { values } } });
  expect(await imagesOf(world, await member("ana"))).toEqual([]);
  expect(await ownContainers(world, await member("ana"))).toEqual([]);
});

test("the build fails: the container leaves the line and says why, nothing is held", async () => {
  const { ana, world } = desk;
  await ana.type("/container-deploy vision --framework pytorch:2.8");
  await card(ana, "its image is being built");
  await fails(world, await theBuild());
  const ended = await card(
    ana,
    "Its image vision could not be built, so it was not started. There is no package called numpi.",
  );
  expect(wordsIn(ended.blocks)).toContain("Nothing was started, nothing is lost.");
  expect(await ownContainers(world, await member("ana"))).toEqual([]);
});

test("a project's own image that is ready: its name alone is enough", async () => {
  const { ana, world } = desk;
  const me = await member("ana");
  await openForm(ana, "vision");
  await ana.close();
  await becomesReady(world, await create(world, me, "vision"));
  await ana.type("/container-deploy vision");
  const ready = await card(ana, "ssh -p 22000 ana@gpu1.example.org");
  expect(wordsIn(ready.blocks)).toContain("vision:latest");
  expect(wordsIn(ready.blocks)).toContain("(8 h asked)");
});

test("--framework that is not there is refused with the nearest; --image and --framework are one too many", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy vision --framework pytorhc");
  await ana.waitForMessage("dm", "Did you mean PyTorch?");
  await ana.type("/container-deploy vision --framework pytorch:1.4");
  await ana.waitForMessage("dm", "There is no PyTorch 1.4 in the catalogue.");
  await ana.type("/container-deploy vision --framework pytorch --image house");
  await ana.waitForMessage("dm", "A container is made from one image.");
});

test("“Build my own…”: the key is kept and the form of an image comes, with the project's name", async () => {
  const by = await eveJoins();
  const { eve, world } = desk;
  await openForm(eve, "vision");
  await eve.suggest("modal", "image", "own");
  expect(await eve.submit({ image: "build my-own", key: publicKey })).toEqual({ ok: true });
  const form = await eve.waitForModal((modal) => modal.state.name !== undefined);
  expect(form.state.name?.name).toMatchObject({ value: "vision" });
  expect(await keysOf(world, by)).toHaveLength(1);
  expect(await ownContainers(world, by)).toEqual([]);
});

test("a build of a container that left the line goes on, and has a message of its own from then on", async () => {
  const { ana, world } = desk;
  await ana.type("/container-deploy vision --framework pytorch");
  const waiting = await card(ana, "its image is being built");
  await ana.click(waiting, "Leave the line", { confirmed: true });
  await card(ana, "left the line");
  const view = await theBuild();
  await becomesReady(world, view);
  await ana.waitForMessage("dm", (message) => message.ts > waiting.ts && message.text.includes("vision"));
  await ana.type("/container-deploy vision");
  await card(ana, "ssh -p 22000 ana@gpu1.example.org");
});
