import { expect, test } from "vitest";
import { ana, publicKey } from "./front-desk.ts";
import { composer, say, useBrowser } from "./open.ts";

const scene = useBrowser();

test("a form is filled in, refused at its field, put right, and becomes a card", async () => {
  const { desk, openAs } = await scene();
  const { page, faults } = await openAs(ana);
  await say(page, "/container-deploy");
  const form = page.getByRole("dialog", { name: "New container" });
  const project = form.getByRole("textbox", { name: "Project" });
  await project.fill("My Project");

  const image = form.getByRole("combobox", { name: "Image" });
  await image.click();
  await image.pressSequentially("v");
  await form.getByText("Type 2 letters or more to search.").waitFor();
  await image.pressSequentially("ision:p");
  await form.getByRole("option", { name: "vision:paper" }).click();
  expect(await image.inputValue()).toBe("vision:paper");

  await form.getByRole("textbox", { name: "Hours" }).fill("12");
  await form.getByText("That of another project").click();
  await form.getByLabel("Tell me an hour before").check();
  await form.getByRole("button", { name: "Deploy" }).click();
  await form.getByText('Small letters, digits and "-" only. Try "my-project".').waitFor();
  expect(await project.getAttribute("aria-invalid")).toBe("true");
  expect(await page.locator(":focus").getAttribute("id")).toBe(await project.getAttribute("id"));
  expect(await image.inputValue()).toBe("vision:paper");

  await project.fill("vision");
  await form.getByRole("button", { name: "Deploy" }).click();
  await page.getByText("vision is ready").waitFor();
  await form.waitFor({ state: "hidden" });
  expect(desk.heard).toEqual(["deploy vision of vision:paper with none for 12 h, shared, tell"]);
  expect(faults).toEqual([]);
});

test("a choice the app answers to keeps what else was filled in", async () => {
  const { openAs } = await scene();
  const { page } = await openAs(ana);
  await say(page, "/container-deploy");
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Project" }).fill("vision");
  const gpus = form.getByRole("combobox", { name: "GPUs" });
  expect(await gpus.inputValue()).toBe("No GPU");
  await gpus.click();
  await gpus.fill("slice");
  await gpus.press("Enter");
  await form.getByText("are free (slice)").waitFor();
  expect(await gpus.inputValue()).toBe("A slice");
  expect(await form.getByRole("textbox", { name: "Project" }).inputValue()).toBe("vision");
});

test("the form itself says which field is not filled in", async () => {
  const { desk, openAs } = await scene();
  const { page } = await openAs(ana);
  await say(page, "/container-deploy");
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Hours" }).fill("two");
  await form.getByRole("button", { name: "Deploy" }).click();
  await form.getByText("Please complete this required field.").waitFor();
  await form.getByText("Please enter a valid number.").waitFor();
  expect(desk.heard).toEqual([]);
});

test("a second modal lies on the first, which is as it was when one comes back", async () => {
  const { slack, openAs } = await scene();
  const { page } = await openAs(ana);
  await say(page, "/container-deploy");
  await page.getByRole("textbox", { name: "Project" }).fill("vision");
  await page.getByRole("button", { name: "What is a slice?" }).click();
  const second = page.getByRole("dialog", { name: "What is MIG?" });
  await second.getByText("A slice of a GPU, with memory of its own.").waitFor();
  await page.keyboard.press("Escape");
  await second.waitFor({ state: "hidden" });
  expect(await page.getByRole("textbox", { name: "Project" }).inputValue()).toBe("vision");

  await page.getByRole("button", { name: "What is a slice?" }).click();
  await second.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  expect(slack.as(ana).sees().modals).toEqual([]);
});

test("Escape closes a list before it closes the form, and the focus stays in the form", async () => {
  const { openAs } = await scene();
  const { page } = await openAs(ana);
  await say(page, "/container-deploy");
  const form = page.getByRole("dialog");
  await form.getByRole("combobox", { name: "GPUs" }).click();
  await form.getByRole("option", { name: "1 GPU" }).waitFor();
  await page.keyboard.press("Escape");
  await form.getByRole("option").first().waitFor({ state: "hidden" });
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press("Tab");
    // The browser's own frame may have the focus between the last field and the first; what lies behind may not.
    expect(await page.locator(".window :focus").count()).toBe(0);
  }
  await page.keyboard.press("Escape");
  await form.waitFor({ state: "hidden" });
});

test("the demo's key is one click away where an SSH key is asked for, and nowhere else", async () => {
  const { desk, openAs } = await scene();
  const { page } = await openAs(ana);
  await say(page, "/container-deploy");
  await page.getByRole("button", { name: "Deploy" }).waitFor();
  expect(await page.getByText("Use the demo key").count()).toBe(0);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });

  await say(page, "/ssh-key");
  const form = page.getByRole("dialog", { name: "Add an SSH key" });
  await form.getByText("/home/ana/.berth/demo-key", { exact: true }).waitFor();
  await form.getByRole("button", { name: "Use the demo key" }).click();
  expect(await form.getByRole("textbox", { name: "Public key" }).inputValue()).toBe(publicKey);
  await form.getByRole("button", { name: "Add" }).click();
  await form.waitFor({ state: "hidden" });
  expect(desk.heard).toEqual([`key ${publicKey}`]);
});

test("a form the app does not answer says so, works meanwhile, and may be sent again", async () => {
  const { slack, openAs } = await scene({ ackMs: 700 });
  const { page } = await openAs(ana);
  await say(page, "/ssh-key");
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Public key" }).fill("never answer");
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByRole("button", { name: "Working…" }).waitFor();
  await form.getByText("We had some trouble connecting. Try again?").waitFor();
  await form.getByRole("textbox", { name: "Public key" }).fill(publicKey);
  await form.getByRole("button", { name: "Add" }).click();
  await form.waitFor({ state: "hidden" });
  expect(slack.as(ana).sees().modals).toEqual([]);
  expect(await composer(page).isVisible()).toBe(true);
});
