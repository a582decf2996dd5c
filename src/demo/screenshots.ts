import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Locator, Page } from "playwright-core";
import { browser, type Pages } from "../../test/support/browser.ts";
import { liveHours } from "./lived-hours.ts";

const usage = `Makes the README's pictures from a demo that nobody has used yet. With fonts-lato and fonts-noto-color-emoji installed:

    npm run demo -- --state /tmp/berth-pictures          (in one terminal)
    node_modules/.bin/node src/demo/screenshots.ts       (in another)
    pngquant --force --ext .png docs/pictures/*.png

It takes a quarter of an hour: nothing is judged idle sooner after a start.

  --state <folder>   the demo's (default /tmp/berth-pictures)
  --page <address>   (default http://127.0.0.1:8400)
  --into <folder>    (default docs/pictures)
  --without-images   where the demo's builds reach no Python packages`;

const { values: given } = parseArgs({
  options: {
    state: { type: "string", default: "/tmp/berth-pictures" },
    page: { type: "string", default: "http://127.0.0.1:8400" },
    into: { type: "string", default: join(import.meta.dirname, "../../docs/pictures") },
    "without-images": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (given.help) {
  console.log(usage);
  process.exit(0);
}
const { page: address, into: folder } = given;

const windowSize = { width: 1060, height: 720 };
const startWithinMs = 120_000;
const buildWithinMs = 600_000;
const judgedWithinMs = 20 * 60_000;
const largestBytes = 150_000;

const ana = "U0ANA";
const ben = "U0BEN";
const busyLab = [
  { user: "U0BEN", line: "/container-deploy speech --image python --mig 1g.5gb --hours 6" },
  { user: "U0CHLOE", line: "/container-deploy nerf --image python --gpus 2 --hours 12" },
  { user: "U0DMITRI", line: "/container-deploy bench --image python --gpus 1" },
];

await mkdir(folder, { recursive: true });
const pages = await browser();
try {
  await takeAll(pages);
} finally {
  await pages.close();
}

async function takeAll(from: Pages): Promise<void> {
  const page = await openAs(from, ana);
  await giveKey(page);
  await deploy(page);
  await take(page, "card");
  await readConfig(page);
  if (!given["without-images"]) await makeImage(await openAs(from, ben));
  for (const { user, line } of busyLab) await ask(await openAs(from, user), line);
  await liveHours(join(given.state, "lab"), "ana", "vision");
  await readNotice(page);
  await lookAtUse(page);
  await lookAtBoard(await openAs(from, ana, "C0GPUS"));
  await lookAtHome(page);
}

async function openAs(from: Pages, user: string, where = ""): Promise<Page> {
  const { page } = await from.open(`${address}/#/${user}/${where}`, {
    viewport: windowSize,
    deviceScaleFactor: 1.5,
    colorScheme: "light",
  });
  await line(page).waitFor();
  return page;
}

/** The welcome's button, the demo's key, and the form's last word. */
async function giveKey(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Add an SSH key" }).click();
  await page.getByRole("button", { name: "Use the demo key" }).click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await closeAnswer(page);
}

async function deploy(page: Page): Promise<void> {
  await send(page, "/container-deploy vision");
  const form = page.getByRole("dialog");
  await form.getByRole("combobox", { name: "Runs on" }).waitFor();
  await takeDialog(form, "deploy-form");
  await form.getByRole("button", { name: "Start" }).click();
  await closeAnswer(page);
  await page.getByRole("button", { name: "SSH config" }).waitFor({ timeout: startWithinMs });
}

async function readConfig(page: Page): Promise<void> {
  await page.getByRole("button", { name: "SSH config" }).click();
  const view = page.getByRole("dialog", { name: "SSH config" });
  await view.getByText("HostKeyAlias").first().waitFor();
  await takeDialog(view, "ssh-config");
  await page.keyboard.press("Escape");
  await view.waitFor({ state: "hidden" });
}

/** The build at work, and what comes of it; Python packages come from the index that the demo's policy names. */
async function makeImage(page: Page): Promise<void> {
  await send(page, "/image-create speech");
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Python packages" }).fill("numpy<2\ntransformers==4.46.0");
  await form.getByRole("textbox", { name: "System packages (apt)" }).fill("jq");
  await form.getByRole("button", { name: "Build" }).click();
  await closeAnswer(page);
  await page.setViewportSize({ ...windowSize, height: 900 });
  await page.getByText("Python packages: ").first().waitFor({ timeout: buildWithinMs });
  await take(page, "image-building");
  await page.getByRole("button", { name: "What is in it" }).waitFor({ timeout: buildWithinMs });
  await take(page, "image-ready");
  await page.context().close();
}

/** Until the container runs or waits in the line. */
async function ask(page: Page, words: string): Promise<void> {
  await send(page, words);
  const settled = page
    .getByRole("button", { name: "SSH config" })
    .or(page.getByRole("button", { name: "Leave the line" }));
  await settled.first().waitFor({ timeout: startWithinMs });
  await page.context().close();
}

/** It is idle, and somebody waits. */
async function readNotice(page: Page): Promise<void> {
  const keep = page.getByRole("button", { name: "Keep 2 h" }).last();
  await keep.waitFor({ timeout: judgedWithinMs });
  await takeMessage(keep, "idle-notice");
}

async function lookAtUse(page: Page): Promise<void> {
  await send(page, "/container-stats vision");
  const picture = page.getByRole("img", { name: /^What vision used/ }).last();
  await picture.waitFor({ timeout: startWithinMs });
  await page.waitForFunction("[...document.images].every((image) => image.complete)");
  await take(page, "stats", picture);
}

async function lookAtBoard(page: Page): Promise<void> {
  await page.setViewportSize({ width: 980, height: 800 });
  await page.getByText("free on demand").first().waitFor({ timeout: startWithinMs });
  await take(page, "board", page.getByRole("main"));
}

async function lookAtHome(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Home", exact: true }).click();
  await page.getByText("My limits").first().waitFor();
  await page.setViewportSize({ ...windowSize, height: 760 });
  await take(page, "home");
}

/** A form that was taken shows what came of it, until it is closed. */
async function closeAnswer(page: Page): Promise<void> {
  const answer = page.getByRole("dialog");
  await answer.locator("button[type=submit]").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await answer.waitFor({ state: "hidden" });
}

function line(page: Page): Locator {
  return page.getByRole("combobox", { name: /^Message to/ });
}

async function send(page: Page, words: string): Promise<void> {
  await line(page).fill(words);
  await line(page).press("Escape");
  await line(page).press("Enter");
}

/** The whole message around something in it. */
async function takeMessage(inside: Locator, name: string): Promise<void> {
  const message = inside.locator("xpath=ancestor::article");
  await message.scrollIntoViewIfNeeded();
  await take(inside.page(), name, message);
}

/** All of a dialog, with nothing of the page behind it. */
async function takeDialog(dialog: Locator, name: string): Promise<void> {
  const page = dialog.page();
  await page.setViewportSize({ ...windowSize, height: 1_200 });
  await dialog.evaluate((element) => {
    element.style.borderRadius = "0";
    element.style.maxHeight = "none";
    // Half a pixel of the page behind it would be an edge.
    element.style.boxShadow = "0 0 0 2px white";
  });
  await dialog.getByRole("heading").first().click();
  await take(page, name, dialog);
  await page.setViewportSize(windowSize);
}

async function take(page: Page, name: string, part?: Locator): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate("document.fonts.ready");
  const path = join(folder, `${name}.png`);
  const options = { path, animations: "disabled", caret: "hide" } as const;
  await (part ? part.screenshot(options) : page.screenshot(options));
  const { size } = await stat(path);
  console.log(
    `${path}  ${Math.round(size / 1000)} kB${size > largestBytes ? "  (too large for a README)" : ""}`,
  );
}
