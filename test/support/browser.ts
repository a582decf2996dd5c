import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";

/** Where Debian's and Ubuntu's packages put it; `CHROMIUM` names another one. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

const launchWithinMs = 60_000;
const actWithinMs = 15_000;

/** A browser that asks nobody but the page's own server, and keeps nothing. */
const quietFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export type Pages = {
  /**
   * A page of its own, as in a fresh private window. Every act and every look for something ends after 15 s. Whatever the page
   * asked other servers for, and every error it wrote, is in `faults`.
   */
  open(url: string, options?: BrowserContextOptions): Promise<Opened>;
  close(): Promise<void>;
};

export type Opened = { page: Page; context: BrowserContext; faults: string[] };

/** Starts Chromium; throws with what to install if it isn't there. The caller closes it. */
export async function browser(): Promise<Pages> {
  const home = await mkdtemp(join(tmpdir(), "berth-browser-"));
  const running = await launch(home);
  return {
    async open(url, options = {}) {
      const context = await running.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
      context.setDefaultTimeout(actWithinMs);
      const page = await context.newPage();
      const faults = watchFaults(page, new URL(url).origin);
      await page.goto(url);
      return { page, context, faults };
    },
    async close() {
      await running.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function launch(home: string): Promise<Browser> {
  try {
    return await chromium.launch({
      executablePath,
      headless: true,
      args: quietFlags,
      timeout: launchWithinMs,
      // Chromium writes into the home it is given, never into that of whoever runs the tests.
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home } as Record<
        string,
        string
      >,
    });
  } catch (error) {
    throw new Error(
      `Chromium did not start from ${executablePath}. On Debian and Ubuntu: apt-get install chromium fonts-dejavu-core. ` +
        `Elsewhere set CHROMIUM to its path.\n${(error as Error).message}`,
    );
  }
}

function watchFaults(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== "data:" && asked.origin !== origin) faults.push(`asked ${asked.href}`);
  });
  return faults;
}
