import { expect, test } from "vitest";
import { ana, ben, dmitri, gpuChannel } from "./front-desk.ts";
import { composer, say, useBrowser } from "./open.ts";

const scene = useBrowser();

test("what is dangerous asks first; no changes nothing, yes is done once", async () => {
  const { desk, openAs } = await scene();
  const { page, faults } = await openAs(ana);
  await say(page, "/container-list");
  await page.getByRole("button", { name: "Stop" }).click();
  const question = page.getByRole("dialog", { name: "Stop vision?" });
  await question.getByText("What runs in it ends.").waitFor();
  await question.getByRole("button", { name: "Leave it" }).click();
  await question.waitFor({ state: "hidden" });
  expect(desk.heard).toEqual([]);

  await page.getByRole("button", { name: "Stop" }).click();
  await question.getByRole("button", { name: "Stop it" }).click();
  await page.getByText("was stopped by @ana").waitFor();
  await page.getByText("(edited)").waitFor();
  expect(await page.getByRole("button", { name: "Stop" }).count()).toBe(0);
  expect(desk.heard).toEqual(["stop by U0ANA"]);
  expect(faults).toEqual([]);
});

test("a menu of further actions is worked by the keyboard", async () => {
  const { slack, desk, openAs } = await scene();
  const { page } = await openAs(ana);
  await say(page, "/container-list");
  await page.getByRole("button", { name: "More actions" }).press("Enter");
  await page.getByRole("menuitem", { name: "Retire" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await slack.waitFor(() => desk.heard.length > 0, 10_000, "the choice");
  expect(desk.heard).toEqual(["more why"]);
});

test("Home is asked for when it is opened, and its buttons work", async () => {
  const { slack, desk, openAs } = await scene();
  const { page, faults } = await openAs(ana);
  await page.getByRole("button", { name: "Home" }).click();
  await page.getByRole("heading", { name: "Your containers" }).waitFor();
  expect(await page.getByRole("region", { name: "Home" }).getByText("@ana").count()).toBe(1);
  await page.getByRole("button", { name: "New container" }).click();
  await slack.waitFor(() => desk.heard.length > 0, 10_000, "the click");
  expect(desk.heard).toEqual(["again by U0ANA"]);
  await page.getByRole("button", { name: "Messages" }).click();
  await composer(page).waitFor();
  expect(faults).toEqual([]);
});

test("one becomes somebody else, and sees what they see", async () => {
  const { openAs } = await scene();
  const { page } = await openAs(ana);
  await say(page, "/container-list");
  await page.getByText("vision is ready").waitFor();
  await page.getByRole("button", { name: /Switch person/ }).click();
  await page.getByRole("menuitemradio", { name: /Ben/ }).click();
  await page.getByRole("button", { name: /You are Ben/ }).waitFor();
  expect(await page.getByText("vision is ready").count()).toBe(0);
  await page.getByRole("button", { name: /^theses/ }).click();
  await page.getByText("You are not a member of").waitFor();

  await page.goBack();
  await page.goBack();
  await page.getByText("vision is ready").waitFor();
});

test("what only one may see, only that one sees", async () => {
  const { openAs } = await scene();
  const [first, second] = await Promise.all([
    openAs(ana, { where: gpuChannel }),
    openAs(ben, { where: gpuChannel }),
  ]);
  await say(first.page, "/gpu-status");
  await first.page.getByText("GPU 1 is free").waitFor();
  await first.page.getByText("Only visible to you").waitFor();
  // Ana's next line reaches Ben, so what came before it would have.
  await say(first.page, "hello, ben");
  await second.page.getByText("hello, ben").waitFor();
  expect(await second.page.getByText("GPU 1 is free").count()).toBe(0);
});

test("commands are offered as one types, and had again by the up arrow", async () => {
  const { openAs } = await scene();
  const { page } = await openAs(ana);
  await composer(page).pressSequentially("/con");
  const offers = page.getByRole("listbox", { name: "Commands" }).getByRole("option");
  expect(await offers.allInnerTexts()).toEqual([
    expect.stringContaining("/container-deploy"),
    expect.stringContaining("/container-list"),
  ]);
  await composer(page).press("ArrowDown");
  await composer(page).press("Tab");
  expect(await composer(page).inputValue()).toBe("/container-list ");
  await page.getByText("Your containers: state, devices, end").waitFor();
  await composer(page).press("Enter");
  await page.getByText("vision is ready").waitFor();

  await composer(page).fill("half a thou");
  await composer(page).press("ArrowUp");
  expect(await composer(page).inputValue()).toBe("/container-list");
  await composer(page).press("ArrowDown");
  expect(await composer(page).inputValue()).toBe("half a thou");
});

test("an app that does not answer, and a command nobody has, are said", async () => {
  const { openAs } = await scene({ ackMs: 500 });
  const { page } = await openAs(ana);
  await say(page, "/silent");
  await page.getByRole("alert").getByText("Berth did not answer.").waitFor();
  await page.getByText('/silent failed with the error "operation_timeout"').waitFor();
  await say(page, "/contaner-list");
  await page.getByText("is not a valid command").waitFor();

  await say(page, "/container-list");
  await page.getByRole("button", { name: "Why?" }).click();
  await page.getByRole("alert").getByText("That didn't work").waitFor();
});

test("what is new is counted until it is read", async () => {
  const { slack, openAs } = await scene();
  const { page } = await openAs(ana, { where: gpuChannel });
  await slack.as(ana).type("/container-list", { channel: "dm" });
  const entry = page.getByRole("navigation", { name: "Workspace" }).getByRole("button", { name: /^Berth/ });
  await entry.getByLabel("1 unread message").waitFor();
  await entry.click();
  await page.getByText("vision is ready").waitFor();
  await page.getByRole("button", { name: "gpu", exact: true }).click();
  await page.getByRole("main", { name: "Channel gpu" }).waitFor();
  expect(await entry.getByLabel(/unread/).count()).toBe(0);
});

test("a channel with something new says so without a number", async () => {
  const { slack, openAs } = await scene();
  const { page } = await openAs(ana);
  await slack.as(ben).type("hello", { channel: "gpu" });
  await page.getByRole("button", { name: "gpu unread" }).click();
  await page.getByText("hello").waitFor();
  await page.getByRole("button", { name: "gpu", exact: true }).waitFor();
});

test("a message may be made of everything", async () => {
  const { openAs } = await scene();
  const { page, faults } = await openAs(dmitri, {
    where: gpuChannel,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await say(page, "/gallery");
  const message = page.getByRole("article", { name: /^Berth/ });
  await message.getByRole("heading", { name: "Everything 🚢" }).waitFor();
  expect(await message.locator(".mrkdwn strong").first().textContent()).toBe("bold");
  expect(await message.getByRole("link", { name: "a link" }).getAttribute("href")).toBe(
    "https://example.org",
  );
  expect(await message.getByText("@dmitri").count()).toBe(1);
  await message.getByText("<tag> 2*3*4").waitFor();
  await message.getByText(":no_such_emoji:").waitFor();
  // 2030 begins in Berlin, where the browser stands, and not yet in New York, where Dmitri is.
  expect(await message.locator("time", { hasText: "2029-12-31" }).textContent()).toBe("2029-12-31 19:00");
  expect(await message.getByRole("cell").allInnerTexts()).toEqual([
    "GPU 0",
    "ana",
    "61 of 80 GB",
    "GPU 1, slice 1 (10 GB)",
    "free",
    "0 of 10 GB",
  ]);
  expect(await message.getByRole("img", { name: "Load of the GPUs today" }).count()).toBe(1);
  await message.getByText("Pinned", { exact: true }).waitFor();

  const config = message.locator(".preformatted", { hasText: "Host vision" });
  await config.hover();
  await config.getByRole("button", { name: "Copy this text" }).click();
  await config.getByText("Copied").waitFor();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(
    "Host vision\n    HostName gpu1.example.org\n    Port 20022\n    User ana",
  );

  const pick = message.getByRole("combobox", { name: "Pick one" });
  await pick.click();
  await pick.fill("bet");
  await message.getByRole("option", { name: "beta" }).click();
  await expect.poll(() => pick.inputValue(), { timeout: 10_000 }).toBe("beta");
  expect(faults).toEqual([]);
});

test("a banner says what the demo pretends, and a lost simulator is said until it is back", async () => {
  const { slack, desk, openAs } = await scene({ banner: "In-memory engine: containers are pretended." });
  const { page } = await openAs(ana);
  await page.getByText("In-memory engine: containers are pretended.").waitFor();
  await desk.stop();
  await page.getByText("Berth is not connected right now").waitFor();
  await slack.close();
  await page.getByText("The simulator does not answer.").waitFor();
});
