import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { commands } from "./commands/index.ts";
import { manifest, manifestText } from "./manifest.ts";

test("the manifest in the project is the one that follows from what is declared", async () => {
  const kept = await readFile(new URL("../../manifests/slack-app.json", import.meta.url), "utf8");
  expect(kept, "run: bin/berth manifest > manifests/slack-app.json").toBe(manifestText());
});

test("every command stands in it once, within Slack's limits", () => {
  const { slash_commands } = manifest({ prefix: "lab-" }).features;
  expect(slash_commands.map(({ command }) => command)).toEqual(commands.map(({ name }) => `/lab-${name}`));
  expect(new Set(slash_commands.map(({ command }) => command)).size).toBe(slash_commands.length);
  expect(slash_commands.length).toBeLessThanOrEqual(50);
  for (const { command, description, usage_hint } of slash_commands) {
    expect(command).toMatch(/^\/[a-z0-9-]{1,31}$/);
    expect(description.length).toBeLessThanOrEqual(2000);
    expect(usage_hint?.length ?? 0).toBeLessThanOrEqual(1000);
  }
});

test("over HTTP every payload has the address, and Socket Mode is off", () => {
  const made = manifest({ requestUrl: "https://berth.example.org/slack/events" });
  expect(made.settings.socket_mode_enabled).toBe(false);
  expect(made.settings.event_subscriptions).toMatchObject({
    request_url: "https://berth.example.org/slack/events",
  });
  expect(made.settings.interactivity).toMatchObject({
    request_url: "https://berth.example.org/slack/events",
    message_menu_options_url: "https://berth.example.org/slack/events",
  });
  for (const command of made.features.slash_commands)
    expect(command).toMatchObject({ url: "https://berth.example.org/slack/events" });
});

test("members can write to it, or no command could be typed in its conversation", () => {
  expect(manifest().features.app_home).toEqual({
    home_tab_enabled: true,
    messages_tab_enabled: true,
    messages_tab_read_only_enabled: false,
  });
});
