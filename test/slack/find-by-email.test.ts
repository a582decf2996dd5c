import { afterEach, expect, test } from "vitest";
import { type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";
import { findByEmail } from "../../src/slack/find-by-email.ts";
import { manifest } from "../../src/slack/manifest.ts";
import { silent } from "../support/database.ts";

let slack: SlackSimulator;
afterEach(() => slack.close());

/** The members' file names people by email; the app's manifest does not ask for what that needs. */
async function lookUp(emails: readonly string[], { mayRead }: { mayRead: boolean }) {
  const app = manifest();
  const { bot } = app.oauth_config.scopes;
  slack = await startSlack({
    manifest: {
      ...app,
      oauth_config: { ...app.oauth_config, scopes: { bot: mayRead ? [...bot, "users:read.email"] : bot } },
    },
    users: [{ id: "UANA", name: "ana", email: "ana@example.org" }],
  });
  const delivery = { kind: "socket" as const, appToken: slack.appToken };
  const settings = { botToken: slack.botToken, delivery, apiUrl: slack.apiUrl, commandPrefix: "" };
  return findByEmail(settings, silent, emails);
}

test("people are found by their email, and who has none is not", async () => {
  const found = await lookUp(["Ana@example.org", "nobody@example.org"], { mayRead: true });
  expect([...found]).toEqual([
    ["Ana@example.org", "UANA"],
    ["nobody@example.org", undefined],
  ]);
});

test("without the scope it says which one to add", async () => {
  await expect(lookUp(["ana@example.org"], { mayRead: false })).rejects.toThrow(
    "add the scope users:read.email",
  );
});
