import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { SlackOptions, SlackSimulator } from "../../src/demo/slack/simulator.ts";
import { browser, type Pages } from "../support/browser.ts";
import { type Desk, startDesk, startWorkspace } from "./front-desk.ts";

export type Scene = {
  slack: SlackSimulator;
  desk: Desk;
  /** The workspace as this member sees it, in a window of their own. */
  openAs(user: string, options?: BrowserContextOptions & { where?: string }): Promise<Window>;
};
export type Window = { page: Page; faults: string[] };

/** One Chromium for a file's tests; each test gets a workspace, an app and windows of its own, all closed at its end. */
export function useBrowser(): (options?: Partial<SlackOptions>) => Promise<Scene> {
  let pages: Pages;
  beforeAll(async () => {
    pages = await browser();
  }, 90_000);
  afterAll(() => pages?.close(), 30_000);

  return async (options) => {
    const slack = await startWorkspace(options);
    onTestFinished(() => slack.close());
    const desk = await startDesk(slack);
    onTestFinished(() => desk.stop());
    return {
      slack,
      desk,
      async openAs(user, { where = "", ...windowOptions } = {}) {
        const { page, context, faults } = await pages.open(`${slack.url}/#/${user}/${where}`, windowOptions);
        onTestFinished(() => context.close());
        await composer(page).or(page.getByText("so you can read here and not write")).waitFor();
        return { page, faults };
      },
    };
  };
}

export function composer(page: Page): Locator {
  return page.getByRole("combobox", { name: /^Message to/ });
}

/** Types a line and sends it. */
export async function say(page: Page, line: string): Promise<void> {
  await composer(page).fill(line);
  await composer(page).press("Escape");
  await composer(page).press("Enter");
}
