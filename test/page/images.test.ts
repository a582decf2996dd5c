import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { readCatalogue } from "../../src/images/catalogue.ts";
import { imagesOf } from "../../src/images/list.ts";
import { buildsToMake } from "../../src/ledger/queries/builds.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { becomesReady, create } from "../images/steps.ts";
import { openDesk } from "../slack/front-desk.ts";
import { browser, type Pages } from "../support/browser.ts";
import { composer, say } from "./open.ts";

/** The forms of images by hand: ticks, search, files from the machine, people. */

let pages: Pages;
beforeAll(async () => {
  pages = await browser();
}, 90_000);
afterAll(() => pages?.close(), 30_000);

async function anaAtHerDesk() {
  const desk = await openDesk({
    world: { catalogue: await readCatalogue("policy.yaml", "catalogue.yaml") },
  });
  onTestFinished(() => desk.end());
  const { page, context, faults } = await pages.open(`${desk.slack.url}/#/UANA/`);
  onTestFinished(() => context.close());
  await composer(page).waitFor();
  const ana = (await desk.world.ledger.read((tx) => memberByHandle(tx, "ana"))) as ActiveMember;
  return { desk, page, faults, ana };
}

test("an image is asked for: framework found by typing, sets ticked, a file from the machine, a line put right", async () => {
  const { desk, page, faults, ana } = await anaAtHerDesk();
  await say(page, "/image-create vision");
  const form = page.getByRole("dialog", { name: "Image" });
  const framework = form.getByRole("combobox", { name: "Framework" });
  await framework.click();
  await framework.pressSequentially("tensorflow 2.14");
  await form
    .getByRole("option", { name: /TensorFlow 2\.14/ })
    .first()
    .click();
  expect(await form.getByLabel("jupyter").first().isChecked()).toBe(true);
  await form.getByLabel("jupyter").first().uncheck();
  await form.getByRole("textbox", { name: "Python packages" }).fill("numpy<2\n-r other.txt");
  await form.getByLabel("requirements.txt or Dockerfile").setInputFiles({
    name: "requirements.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("polars\n"),
  });
  await form.getByRole("button", { name: "Remove requirements.txt" }).waitFor();
  await form.getByRole("button", { name: "Build" }).click();
  await form.getByText("Line 2").first().waitFor();
  await form.getByRole("textbox", { name: "Python packages" }).fill("numpy<2");
  await form.getByRole("button", { name: "Build" }).click();
  await page.getByRole("dialog").getByText("is going to be built").waitFor();
  const [image] = await imagesOf(desk.world, ana);
  expect(image?.recipe.base).toMatchObject({ kind: "catalogue", name: "tensorflow-2.14.0" });
  expect(image?.recipe.sets.map((set) => set.name)).toEqual(["always", "data science"]);
  expect(image?.recipe.pip).toEqual(["numpy<2", "polars"]);
  expect(faults).toEqual([]);
});

test("a button fills a field that was typed in before, and the other fields stay", async () => {
  const { desk, page, faults } = await anaAtHerDesk();
  const files = desk.world.policy.workspace_path.replace("{handle}", "ana").replace("{project}", "vision");
  desk.world.host.put(files, new Map([["requirements.txt", "polars\n"]]));
  await say(page, "/image-create vision");
  const form = page.getByRole("dialog", { name: "Image" });
  await form.getByRole("textbox", { name: "Python packages" }).fill("numpy<2");
  await form.getByRole("textbox", { name: "System packages" }).fill("ffmpeg");
  await form.getByRole("button", { name: "Use requirements.txt of my files" }).click();
  const packages = form.getByRole("textbox", { name: "Python packages" });
  await expect.poll(() => packages.inputValue(), { timeout: 15_000 }).toBe("numpy<2\npolars");
  expect(await form.getByRole("textbox", { name: "System packages" }).inputValue()).toBe("ffmpeg");
  expect(faults).toEqual([]);
});

test("a colleague is chosen, and sharing ended again in the same window", async () => {
  const { desk, page, faults, ana } = await anaAtHerDesk();
  const { world } = desk;
  const view = await create(
    { ...world, catalogue: { images: [{ ...world.catalogue.images[0], name: "house" }] } } as typeof world,
    ana,
    "vision",
  );
  await becomesReady(world, view);
  await say(page, "/image-list vision");
  await page.getByRole("button", { name: "Share with…" }).click();
  const form = page.getByRole("dialog", { name: "Share an image" });
  await form.getByRole("combobox", { name: "Share with" }).click();
  await form.getByRole("option", { name: "ben" }).click();
  await form.getByRole("button", { name: "Share" }).click();
  await form.getByText("may deploy it as").waitFor();
  await page.keyboard.press("Escape");
  await form.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Share with…" }).click();
  await form.getByRole("button", { name: "End sharing" }).click();
  await page.getByRole("button", { name: "End it" }).click();
  await form.getByRole("button", { name: "End sharing" }).waitFor({ state: "detached" });
  expect((await imagesOf(world, ana))[0]?.sharedWith).toEqual([]);
  expect(await world.ledger.read(buildsToMake)).toEqual([]);
  expect(faults).toEqual([]);
});
