import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import { judgeSlack } from "./slack.ts";

const slack = {
  bot: { ok: true as const, team: "Harbour Lab", botName: "berth" },
  missingScopes: [],
  socket: { ok: true as const },
};
test.each<[string, Parameters<typeof judgeSlack>[0], RegExp | undefined]>([
  ["both tokens are good", slack, undefined],
  ["requests come by HTTPS", { ...slack, socket: undefined }, undefined],
  [
    "a token that is none any more",
    { ...slack, bot: { ok: false, error: "invalid_auth" } },
    /^✗ .*invalid_auth.*SLACK_BOT_TOKEN: copy it again/s,
  ],
  ["no way to Slack", { ...slack, bot: { ok: false, error: "ENOTFOUND" } }, /^✗ .*ENOTFOUND.*curl/s],
  [
    "scopes that are missing",
    { ...slack, missingScopes: ["pins:write", "files:write"] },
    /^✗ .*lacks pins:write, files:write.*reinstall/s,
  ],
  ["scopes that are not told", { ...slack, missingScopes: undefined }, /^! .*did not tell/],
  [
    "the wrong kind of app token",
    { ...slack, socket: { ok: false, error: "not_allowed_token_type" } },
    /^✗ .*begins with xapp-/s,
  ],
])("Slack: %s", (_sentence, facts, words) => {
  expect(troubles(judgeSlack(facts))).toEqual(words ? [expect.stringMatching(words)] : []);
});
