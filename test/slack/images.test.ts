import { afterEach, beforeEach, expect, test } from "vitest";
import { openBuildLog } from "../../src/images/build/log.ts";
import { readCatalogue } from "../../src/images/catalogue.ts";
import { imageNamed, imagesOf } from "../../src/images/list.ts";
import type { BuildProgress } from "../../src/ledger/image-tables.ts";
import { type BuildView, buildsToMake, noteProgress, requeueBuild } from "../../src/ledger/queries/builds.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { workspacePathOf } from "../../src/policy/policy.ts";
import { becomesReady, buildNow, claims, create, ends, fails } from "../images/steps.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** Images over the wire, as people at a screen meet them. Builds go as the test says. */

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

type Who = FrontDesk["ana"];

async function member(handle: string): Promise<ActiveMember> {
  return (await desk.world.ledger.read((tx) => memberByHandle(tx, handle))) as ActiveMember;
}

async function openForm(who: Who, words: string) {
  await who.type(words);
  return who.waitForModal((modal) => modal.title.text === "Image" && modal.submit !== undefined);
}

async function theBuild(): Promise<BuildView> {
  const [view] = await desk.world.ledger.read(buildsToMake);
  if (!view) throw new Error("nothing is to be built");
  return view;
}

async function made(name = "vision", pip = "numpy<2"): Promise<BuildView> {
  const view = await create(desk.world, await member("ana"), name, pip);
  await becomesReady(desk.world, view);
  await desk.ana.waitForMessage("dm", `The image *${name}* is ready`);
  return view;
}

/** As the builds room writes it. */
async function progress(view: BuildView, steps: BuildProgress["steps"], of: number): Promise<void> {
  const { world } = desk;
  await world.ledger.transaction(async (tx) => {
    await noteProgress(tx, view.build.id, { steps, of });
    await tell(tx, view.owner.slackUserId, { kind: "build", buildId: view.build.id }, world.clock.now());
  });
}

const own = (words: string) => (message: { ephemeral: boolean; blocks?: unknown; text: string }) =>
  !message.ephemeral && wordsIn(message.blocks).includes(words);
const answer = (words: string) => (message: { ephemeral: boolean; blocks?: unknown }) =>
  message.ephemeral && wordsIn(message.blocks).includes(words);

test("the form: what is usual is filled in, and sent as it is it makes an image that is going to be built", async () => {
  const { ana, world } = desk;
  const form = await openForm(ana, "/image-create vision");
  expect(form.state.name?.name).toMatchObject({ value: "vision" });
  expect(form.state.base?.base).toMatchObject({ selected_option: { value: "torch-2.8" } });
  expect(form.state.sets?.sets).toMatchObject({
    selected_options: [{ value: "jupyter" }, { value: "data science" }],
  });
  expect(form.submit?.text).toBe("Build");
  expect(await ana.submit({ pip: "numpy<2\ntorch>=2.0; python_version>='3.8'", apt: "ffmpeg" })).toEqual({
    ok: true,
  });
  expect(wordsIn(ana.modal()?.blocks)).toContain("*vision* is going to be built.");
  await ana.waitForMessage("dm", own("*vision*  ·  queued"));
  const [image] = await imagesOf(world, await member("ana"));
  expect(image?.recipe.base).toMatchObject({ kind: "catalogue", name: "torch-2.8" });
  expect(image?.recipe.sets.map((set) => set.name)).toEqual(["always", "jupyter", "data science"]);
  expect(image?.recipe.pip).toEqual(["numpy<2", 'torch>=2.0; python_version >= "3.8"']);
  expect(image?.recipe.apt).toEqual(["ffmpeg"]);
});

test("all that is wrong is shown at once, at its fields and lines, and sent again it is built", async () => {
  const { ana } = desk;
  await openForm(ana, "/image-create");
  const wrong = {
    name: "Meine Bilder",
    pip: "numpy\n-r other.txt\n--index-url http://x",
    apt: "git; rm -rf /",
  };
  expect(await ana.submit(wrong)).toMatchObject({ ok: false });
  const errors = ana.modal()?.errors ?? {};
  expect(errors.name).toContain("“meine-bilder”");
  expect(errors.pip).toMatch(/Line 2.*Line 3/s);
  expect(errors.apt).toContain("Line 1");
  expect(await ana.submit({ name: "bilder", pip: "numpy", apt: "git" })).toEqual({ ok: true });
  await ana.waitForMessage("dm", own("*bilder*  ·  queued"));
});

test("more problems than fit below a field stand above the form, each line with its own", async () => {
  const { ana } = desk;
  await openForm(ana, "/image-create vision");
  const lines = Array.from({ length: 25 }, (_, i) => `-r requirements-${i}.txt`).join("\n");
  expect(await ana.submit({ pip: lines })).toEqual({ ok: true });
  const form = await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("Line 25"));
  expect(form.state.pip?.pip).toMatchObject({ value: lines });
});

test("the living message tells step and seconds, what was kept from before, and loses its button at the end", async () => {
  const { ana, world } = desk;
  await openForm(ana, "/image-create vision");
  await ana.submit();
  const view = await theBuild();
  const queued = await ana.waitForMessage("dm", own("*vision*  ·  queued"));
  await claims(world, view.build.id);
  await progress(
    view,
    [
      { name: "The base", seconds: 0, cached: true },
      { name: "Packages of the distribution", seconds: 12, cached: false },
      { name: "Python packages: <data science> & *more*", seconds: null, cached: false },
    ],
    9,
  );
  const going = await ana.waitForMessage("dm", own("building, step 3 of 9"));
  expect(going.ts).toBe(queued.ts);
  const words = wordsIn(going.blocks);
  expect(words).toContain("The base  ·  _as before, nothing to do_");
  expect(words).toContain("Packages of the distribution  ·  12 s");
  expect(words).toContain("&lt;data science&gt; &amp; *more*");
  expect(words).toContain("▰▰▱▱▱▱▱▱▱▱  2 of 9");
  await becomesReady(world, view);
  const ready = await ana.waitForMessage("dm", own("The image *vision* is ready"));
  expect(ready.ts).not.toBe(queued.ts);
  expect(wordsIn(ready.blocks)).toContain("*Python*\n3.11.2, Debian 12");
  expect(wordsIn(ready.blocks)).toContain("1 of Python, 1 of the system");
  const over = await ana.waitForMessage("dm", own("The rest is in a newer message below."));
  expect(over.ts).toBe(queued.ts);
  expect(JSON.stringify(over.blocks)).not.toContain("button");
});

test("progress is drawn every three seconds, however often it is told; what changes otherwise at once", async () => {
  const { ana, world, slack } = desk;
  await openForm(ana, "/image-create vision");
  await ana.submit();
  const view = await theBuild();
  await ana.waitForMessage("dm", own("*vision*  ·  queued"));
  await claims(world, view.build.id);
  await progress(view, [{ name: "Step 0", seconds: null, cached: false }], 90);
  await ana.waitForMessage("dm", own("building, step 1 of 90"));
  const before = slack.journal.calls("chat.update").length;
  for (let k = 1; k <= 20; k++)
    await progress(
      view,
      Array.from({ length: k }, (_, i) => ({ name: `Step ${i}`, seconds: 1, cached: false })),
      90,
    );
  expect(slack.journal.calls("chat.update").length).toBe(before);
  const drawn = await ana.waitForMessage("dm", own("step 20 of 90"));
  expect(wordsIn(drawn.blocks)).toContain("_6 steps before these_");
  expect(slack.journal.calls("chat.update").length).toBe(before + 1);
});

test("a build that was cut off says so and is queued again", async () => {
  const { ana, world } = desk;
  const view = await create(world, await member("ana"), "vision");
  await claims(world, view.build.id);
  await progress(view, [], 3);
  await ana.waitForMessage("dm", own("building"));
  await world.ledger.transaction(async (tx) => {
    await requeueBuild(tx, view.build.id, world.clock.now());
    await tell(tx, view.owner.slackUserId, { kind: "build", buildId: view.build.id }, world.clock.now());
  });
  const again = await ana.waitForMessage("dm", own("It was cut off"));
  expect(wordsIn(again.blocks)).toContain("queued again (2nd try)");
});

test("a failed build: why, the end of its log, all of it as a file, and the form filled in to try again", async () => {
  const { ana, world } = desk;
  await openForm(ana, "/image-create vision");
  await ana.submit({ pip: "numpi" });
  const view = await theBuild();
  const log = await openBuildLog(world, { id: view.build.id, attempt: 1 });
  log.write("Collecting numpi\nERROR: No matching distribution found for numpi\n");
  await log.close();
  await fails(world, view);
  const failed = await ana.waitForMessage("dm", own("There is no package called numpi."));
  const file = (await ana.waitForMessage("dm", (message) => (message.files?.length ?? 0) > 0)).files?.[0];
  expect(file?.name).toBe(`vision-build-${view.build.id}.log`);
  const text = await (await fetch(`${desk.slack.url}${file?.url}`)).text();
  expect(text).toContain("No matching distribution found for numpi");
  await ana.click(failed, "Change and try again");
  const form = await ana.waitForModal((modal) => modal.submit !== undefined);
  expect(form.state.pip?.pip).toMatchObject({ value: "numpi" });
  expect(form.submit?.text).toBe("Build");
  expect(await ana.submit({ pip: "numpy" })).toEqual({ ok: true });
  expect((await theBuild()).recipe.pip).toEqual(["numpy"]);
  await ana.close();
  await ana.click(failed, "Send the log again");
  await ana.waitForMessage(
    "dm",
    (message) => message.ephemeral && wordsIn(message.blocks).includes("is in our conversation"),
  );
});

test("tried again without a change it is built once more", async () => {
  const { ana, world } = desk;
  const first = await create(world, await member("ana"), "vision", "numpy");
  await fails(world, first);
  await ana.click(await ana.waitForMessage("dm", own("There is no package")), "Change and try again");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  expect(await ana.submit()).toEqual({ ok: true });
  const again = await theBuild();
  expect(again.build.recipeId).toBe(first.build.recipeId);
});

test("cancelled: a queued one at once, one that is built says that it is being cancelled; pressed twice it is one", async () => {
  const { ana, world } = desk;
  await openForm(ana, "/image-create vision");
  await ana.submit();
  const queued = await ana.waitForMessage("dm", own("*vision*  ·  queued"));
  expect(await ana.click(queued, "Cancel")).toMatchObject({ ok: false, error: "confirm_needed" });
  await Promise.all([
    ana.click(queued, "Cancel", { confirmed: true }),
    ana.click(queued, "Cancel", { confirmed: true }),
  ]);
  const told = await ana.waitForMessage("dm", own("Building *vision* was cancelled."));
  expect(ana.messages("dm").filter(own("Building *vision* was cancelled.")).length).toBe(1);
  await ana.click(told, "Change and build");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  await ana.submit();
  const second = await theBuild();
  await claims(world, second.build.id);
  await progress(second, [{ name: "The base", seconds: null, cached: false }], 4);
  const building = await ana.waitForMessage("dm", own("building, step 1 of 4"));
  await ana.click(building, "Cancel", { confirmed: true });
  const ending = await ana.waitForMessage("dm", own("being cancelled…"));
  expect(JSON.stringify(ending.blocks)).not.toContain("button");
  await ends(world, second.build.id, { is: "cancelled", actor: "member:1" });
  await ana.click(building, "cancel-build", { confirmed: true, stale: true });
  expect((await buildNow(world, second.build.id)).state).toBe("cancelled");
});

test("an update shows the difference first, and builds what was shown; containers on the old one are offered anew", async () => {
  const { ana, world } = desk;
  await made("vision", "numpy<2\nxgboost");
  await ana.type("/container-deploy vision --gpus 1");
  await ana.waitForMessage("dm", "*vision* is ready:");
  const form = await openForm(ana, "/image-update vision");
  expect(form.submit?.text).toBe("See what changes");
  expect(form.state.pip?.pip).toMatchObject({ value: "numpy<2\nxgboost" });
  expect(await ana.submit({ pip: "numpy<2\ntransformers==4.30.0" })).toEqual({ ok: true });
  const review = await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("What changes in vision"));
  expect(review.submit?.text).toBe("Build");
  expect(wordsIn(review.blocks)).toContain("+  `transformers==4.30.0`");
  expect(wordsIn(review.blocks)).toContain("−  `xgboost`");
  expect(await desk.world.ledger.read(buildsToMake)).toEqual([]);
  // Changed again, it is compared again.
  expect(await ana.submit({ pip: "numpy<2\ntransformers==4.31.0" })).toEqual({ ok: true });
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("+  `transformers==4.31.0`"));
  expect(await ana.submit()).toEqual({ ok: true });
  const view = await theBuild();
  expect(view.recipe.pip).toEqual(["numpy<2", "transformers==4.31.0"]);
  await becomesReady(world, view);
  const ready = await ana.waitForMessage("dm", own("goes on with the image as it was"));
  expect(ana.confirmText(ready, "Deploy vision again")).toContain("Your files in /workspace stay.");
  await ana.click(ready, "Deploy vision again", { confirmed: true });
  const retiring = await ana.waitForMessage("dm", answer("is being retired"));
  await ana.waitForMessage("dm", own("*vision*  ·  retired"));
  await ana.click(retiring, "Deploy vision");
  await ana.waitForModal((modal) => modal.title.text === "New container" && modal.submit !== undefined);
  expect(await ana.submit()).toEqual({ ok: true });
  await ana.waitForMessage("dm", "*vision* is ready:");
});

test("an update that changes nothing says so, and may be built all the same", async () => {
  const { ana } = desk;
  await made();
  await openForm(ana, "/image-update vision");
  await ana.submit();
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("Nothing changes in *vision*."));
  expect(await ana.submit()).toEqual({ ok: true });
  expect((await theBuild()).version).toBe(1);
});

test("requirements.txt and Dockerfile of the workspace fill the form by one click each", async () => {
  const { ana, world } = desk;
  const files = workspacePathOf(world.policy, "ana", "vision");
  world.host.put(
    files,
    new Map([
      ["requirements.txt", "# mine\nnumpy<2\npolars\n"],
      ["Dockerfile", "FROM berth/demo:bookworm\nRUN true\n"],
    ]),
  );
  await openForm(ana, "/image-create");
  await ana.click("modal", "Use requirements.txt of my files");
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("Give the image its name first"));
  await ana.close();
  ana.fill({ name: "vision", pip: "scipy" });
  await ana.click("modal", "Use requirements.txt of my files");
  const filled = await ana.waitForModal((modal) => JSON.stringify(modal.state).includes("polars"));
  expect(Object.values(filled.state).find((one) => "pip" in one)?.pip).toMatchObject({
    value: "scipy\n# mine\nnumpy<2\npolars",
  });
  await ana.click("modal", "Use the Dockerfile of my files");
  const own = await ana.waitForModal((modal) => JSON.stringify(modal.state).includes("FROM berth/demo"));
  expect(own.state.base).toBeUndefined();
  expect(await ana.submit()).toEqual({ ok: true });
  const view = await theBuild();
  expect(view.recipe.base).toMatchObject({ kind: "dockerfile", context: true });
  expect(view.recipe.pip).toEqual(["scipy", "numpy<2", "polars"]);
});

test("what the workspace does not have, and what its Dockerfile may not do, is said", async () => {
  const { ana, world } = desk;
  await openForm(ana, "/image-create vision");
  await ana.click("modal", "Use the Dockerfile of my files");
  await ana.waitForModal((modal) =>
    wordsIn(modal.blocks).includes("There is no Dockerfile among the files of “vision”."),
  );
  await ana.close();
  world.host.put(
    workspacePathOf(world.policy, "ana", "vision"),
    new Map([["Dockerfile", "FROM berth/demo:bookworm\nADD http://127.0.0.1/secret /x\n"]]),
  );
  await ana.click("modal", "Use the Dockerfile of my files");
  await ana.waitForModal((modal) => JSON.stringify(modal.state).includes("127.0.0.1"));
  expect(await ana.submit()).toMatchObject({ ok: false });
  expect(ana.modal()?.errors.dockerfile).toContain("Line 2");
});

test("files handed over: read and counted, refused with their lines, or because they are no text or somebody else's", async () => {
  const { ana, ben, slack } = desk;
  await openForm(ana, "/image-create vision");
  const good = ana.upload("requirements.txt", "numpy<2\npandas\n");
  const bad = ana.upload("requirements.txt", "numpy\n-e git+https://example.org/x\n");
  const binary = ana.upload("requirements.txt", Buffer.from([0x50, 0x4b, 0, 0xff]));
  const photo = ana.upload("photo.png", "PNG");
  const long = ana.upload("requirements.txt", "numpy\n".repeat(60_000));
  const refusedWith = async (file: string) => {
    expect(await ana.submit({ file: [file] })).toMatchObject({ ok: false });
    return ana.modal()?.errors.file ?? "";
  };
  expect(await refusedWith(bad)).toMatch(/requirements\.txt: Line 2/);
  expect(await refusedWith(binary)).toContain("is no text that I can read");
  expect(await refusedWith(photo)).toContain("I can't tell what “photo.png” is.");
  expect(await refusedWith(long)).toContain("is larger than 256 kB");
  // Ben's own form, sent in ana's name with his file's id in it.
  await openForm(ben, "/image-create vision");
  await ben.submit({ file: [ben.upload("requirements.txt", "-r x")] });
  const sent = slack.journal.deliveries("interactive").at(-1)?.payload as { user: object };
  expect(
    await slack.deliver("interactive", { ...sent, user: { ...sent.user, id: "UANA" } } as Record<
      string,
      unknown
    >),
  ).toMatchObject({
    payload: { errors: { file: expect.stringContaining("not one that you handed over") } },
  });
  expect(await ana.submit({ pip: "scipy", file: [good] })).toEqual({ ok: true });
  expect((await theBuild()).recipe.pip).toEqual(["scipy", "numpy<2", "pandas"]);
});

test("a file stays handed over while the difference is looked at", async () => {
  const { ana } = desk;
  await made("vision", "numpy<2");
  await openForm(ana, "/image-update vision");
  const list = ana.upload(
    "requirements.txt",
    Array.from({ length: 400 }, (_, i) => `package-${i}==1.0`).join("\n"),
  );
  expect(await ana.submit({ file: [list] })).toEqual({ ok: true });
  await ana.waitForModal((modal) =>
    wordsIn(modal.blocks).includes("1 file that you handed over counts too."),
  );
  expect(await ana.submit()).toEqual({ ok: true });
  expect((await theBuild()).recipe.pip.length).toBe(401);
  await ana.close();
  await becomesReady(desk.world, await theBuild());
  // More than a field takes: they stay, and more can be added.
  const form = await openForm(ana, "/image-update vision");
  expect(wordsIn(form.blocks)).toContain("401 lines of Python packages are more than a field here takes");
  expect(await ana.submit({ pip: "one-more" })).toEqual({ ok: true });
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("+  `one-more`"));
  expect(await ana.submit()).toEqual({ ok: true });
  expect((await theBuild()).recipe.pip.length).toBe(402);
});

test("the whole catalogue is searched as one types, and those that run here come first", async () => {
  await desk.end();
  desk = await openDesk({ world: { catalogue: await readCatalogue("policy.yaml", "catalogue.yaml") } });
  const { ana } = desk;
  expect(desk.world.catalogue.images.length).toBeGreaterThan(100);
  const form = await openForm(ana, "/image-create vision");
  expect(JSON.stringify(form.state.base)).toContain("PyTorch");
  const all = await ana.suggest("modal", "base", "");
  expect(all.ok && all.groups?.map((group) => group.label.text)).toContain("Run on this server");
  const tf = await ana.suggest("modal", "base", "tensorflow 2.14");
  expect(tf.ok && tf.options[0]?.text.text).toContain("TensorFlow 2.14");
  const none = await ana.suggest("modal", "base", "no such thing at all");
  expect(none).toMatchObject({ ok: true, options: [] });
});

test("the list: images with tags, size and users; a tag answers what it holds, later too", async () => {
  const { ana, world } = desk;
  await ana.type("/image-list");
  await ana.waitForMessage("dm", answer("You have no images of your own."));
  await made("vision", "numpy<2");
  await ana.type("/image-tag vision experiment-42");
  const tagged = await ana.waitForMessage("dm", answer("*vision:experiment-42* keeps what vision is now"));
  expect(wordsIn(tagged.blocks)).toContain("/container-deploy vision --image vision:experiment-42");
  const by = await member("ana");
  const before = await imageNamed(world, { by, text: "vision:experiment-42" });

  await openForm(ana, "/image-update vision");
  await ana.submit({ pip: "pandas" });
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("What changes"));
  await ana.submit();
  await ana.close();
  await becomesReady(world, await theBuild());
  await ana.type("/image-list vision:experiment-42");
  const held = await ana.waitForMessage("dm", answer("*Made of*"));
  expect(wordsIn(held.blocks)).toContain("Python: `numpy&lt;2`");
  expect(wordsIn(held.blocks)).toContain(before.build?.engineImageId);
  await ana.click(held, "What is in it");
  const contents = await ana.waitForModal("numpy==1.26.4");
  expect(wordsIn(contents.blocks)).toContain("git=1:2.39");
  await ana.click("modal", "Send it to me as a file");
  const sent = await ana.waitForMessage("dm", (message) => (message.files?.length ?? 0) > 0);
  expect(sent.files?.[0]?.name).toBe("vision-contents.txt");
  await ana.close({ all: true });
  await ana.click(held, "Show Dockerfile");
  await ana.waitForModal("How vision is made.");
  await ana.close();
  await ana.type("/image-list");
  await ana.waitForMessage("dm", answer("Tags: `experiment-42`"));
  await ana.type("/image-list visoin");
  await ana.waitForMessage("dm", answer("Did you mean vision?"));
});

test("a tag is never moved, and its name is judged", async () => {
  const { ana } = desk;
  await made();
  await ana.type("/image-tag vision first");
  await ana.waitForMessage("dm", answer("*vision:first* keeps"));
  await ana.type("/image-list vision");
  const page = await ana.waitForMessage("dm", answer("`vision:first`"));
  await ana.click(page, "Keep under a tag…");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  expect(await ana.submit({ tag: "Mein Tag" })).toMatchObject({ ok: false });
  expect(ana.modal()?.errors.tag).toContain("mein-tag");
  expect(await ana.submit({ tag: "second" })).toEqual({ ok: true });
  expect(wordsIn(ana.modal()?.blocks)).toContain("*vision:second* keeps");
});

test("deleting asks first and names loss and gigabytes; what is used is not deleted", async () => {
  const { ana, world } = desk;
  await made();
  await ana.type("/image-delete vision");
  const question = await ana.waitForMessage("dm", answer("Delete *vision*?"));
  expect(wordsIn(question.blocks)).toMatch(/(About|At most) [\d.]+ (GB|MB) of disk are free again/);
  expect(ana.confirmText(question, "Delete")).toContain("it can be built again");
  await ana.type("/container-deploy vision --gpus 1");
  const card = await ana.waitForMessage("dm", "*vision* is ready:");
  await ana.click(question, "Delete", { confirmed: true });
  await ana.waitForMessage("dm", answer("“vision” is used by your vision."));
  await ana.click(card, "Retire", { confirmed: true });
  await ana.waitForMessage("dm", own("*vision*  ·  retired"));
  await ana.type("/image-delete vision");
  const again = await ana.waitForMessage("dm", answer("Delete *vision*?"));
  await Promise.all([
    ana.click(again, "Delete", { confirmed: true }),
    ana.click(again, "Delete", { confirmed: true, stale: true }),
  ]);
  const gone = await ana.waitForMessage("dm", answer("The image *vision* is deleted."));
  expect(await imagesOf(world, await member("ana"))).toEqual([]);
  await ana.click(gone, "Make it again");
  await ana.waitForModal((modal) => modal.submit !== undefined);
});

test("shared: the other is told, may deploy and look, and nothing more; ended, they can't any more", async () => {
  const { ana, ben } = desk;
  const { image, build } = await made();
  await ana.type("/image-list vision");
  const page = await ana.waitForMessage("dm", answer("*vision*"));
  await ana.click(page, "Share with…");
  await ana.waitForModal((modal) => modal.submit !== undefined);
  expect(await ana.submit({ member: "UEVE" })).toMatchObject({ ok: false });
  expect(ana.modal()?.errors.member).toContain("do not use this server yet");
  expect(await ana.submit({ member: "UBEN" })).toEqual({ ok: true });
  await ben.waitForMessage("dm", "ana shares the image ana/vision with you");
  await ben.type("/image-list");
  const theirs = await ben.waitForMessage("dm", answer("ana/vision"));
  expect(JSON.stringify(theirs.blocks)).not.toMatch(/delete-image|update-image|share-image/);
  await ben.click(theirs, "What is in it");
  await ben.waitForModal("numpy==1.26.4");
  await ben.close();
  await ben.type("/image-update ana/vision");
  await ben.waitForMessage("dm", answer("is not yours; you can deploy it"));
  await ana.close();
  await ana.click(page, "Share with…");
  await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("Shared now with:"));
  await ana.click("modal", "End sharing", { confirmed: true });
  await ana.waitForModal(
    (modal) => modal.submit !== undefined && !wordsIn(modal.blocks).includes("Shared now with:"),
  );
  await ben.waitForMessage("dm", "ana no longer shares the image");
  await ben.click(theirs, "show-contents", { stale: true });
  await ben.waitForMessage("dm", answer("That image is no longer there."));
  expect(image.id).toBe(build.imageId);
});

test("another member's buttons do nothing: forged ids are answered as if nothing were there", async () => {
  const { ana, ben, world, slack } = desk;
  const { image, build } = await made();
  const second = await create(world, await member("ana"), "speech");
  const message = await ben
    .type("/image-list")
    .then(() => ben.waitForMessage("dm", answer("You have no images of your own.")));
  await ben.click(message, "New image");
  await ben.waitForModal((modal) => modal.submit !== undefined);
  await ben.close();
  const real = slack.journal
    .deliveries("interactive")
    .findLast((one) => JSON.stringify(one.payload).includes("create-image"))?.payload as {
    actions: object[];
  };
  const forged = (name: string, value: object, ts: number) => ({
    ...real,
    trigger_id: `forged.${ts}`,
    actions: [{ ...real.actions[0], action_id: name, value: JSON.stringify(value), action_ts: `${ts}.0` }],
  });
  const state = async () =>
    (await imagesOf(world, await member("ana"))).map((view) => [
      view.image.deletedAt,
      view.builds.map((one) => [one.state, one.cancelWished]),
      view.sharedWith.length,
    ]);
  const before = await state();
  let ts = 1;
  for (const [name, value] of [
    ["cancel-build", { buildId: second.build.id }],
    ["delete-image", { imageId: image.id, what: "image" }],
    ["end-share", { imageId: image.id, memberId: 1 }],
    ["send-log", { buildId: build.id }],
    ["send-contents", { buildId: build.id }],
    ["show-image", { imageId: image.id }],
    ["show-contents", { buildId: build.id }],
  ] as const) {
    const seen = ben.messages("dm").length;
    await slack.deliver("interactive", forged(name, value, ts++));
    const told = await slack.waitFor(
      () =>
        ben
          .messages("dm")
          .slice(seen)
          .find((one) => wordsIn(one.blocks) !== ""),
      10_000,
      name,
    );
    expect(wordsIn(told.blocks)).toMatch(/no longer there|not being built any more/);
  }
  expect(await state()).toEqual(before);
  await ana.openDm();
});

test("a form sent twice at once makes one build", async () => {
  const { ana, slack, world } = desk;
  await openForm(ana, "/image-create vision");
  const [one, two] = await Promise.all([
    ana.submit(),
    slack
      .waitFor(
        () =>
          slack.journal
            .deliveries("interactive")
            .findLast((d) => JSON.stringify(d.payload).includes("view_submission")),
        5_000,
        "the form",
      )
      .then((delivery) => slack.deliver("interactive", delivery.payload as Record<string, unknown>)),
  ]);
  expect(one).toEqual({ ok: true });
  expect(two).toMatchObject({ ok: true });
  expect((await world.ledger.read(buildsToMake)).length).toBe(1);
});

test("words that are wrong are answered, with what was meant", async () => {
  const { ana } = desk;
  await ana.type("/image-tag vision");
  await ana.waitForMessage("dm", answer("/image-tag <project> <tag>"));
  await ana.type("/image-delete nothing");
  await ana.waitForMessage("dm", answer("There is no image called “nothing”."));
  await ana.type("/image-update");
  await ana.waitForMessage("dm", answer("You have no images of your own."));
  await ana.type("/image-list help");
  await ana.waitForMessage("dm", answer("/image-list vision:experiment-42"));
});
