import { type Check, type Finding, fault, ok, warning } from "./finding.ts";

const what = "Slack";

/** What the doctor needs to hear of Slack; the slack room's `slackFacts` tells it. */
export type SlackSays = {
  bot: { ok: true; team: string; botName: string } | { ok: false; error: string };
  /** Scopes the manifest asks for that the token lacks; undefined where Slack did not tell. */
  missingScopes: readonly string[] | undefined;
  /** Whether the app-level token opens a socket; undefined where requests come by HTTPS. */
  socket: { ok: true } | { ok: false; error: string } | undefined;
};

export function slackCheck(says: () => Promise<SlackSays>): Check {
  return { what, run: async () => judgeSlack(await says()) };
}

export function judgeSlack({ bot, missingScopes, socket }: SlackSays): Finding[] {
  const findings: Finding[] = [];
  if (!bot.ok)
    findings.push(fault(what, `It does not take the bot's token: ${bot.error}.`, mendBot(bot.error)));
  else findings.push(ok(what, `${bot.botName} is a member of ${bot.team}.`), ...judgeScopes(missingScopes));
  if (socket !== undefined && !socket.ok)
    findings.push(
      fault(
        what,
        `It does not open a socket for the app-level token: ${socket.error}.`,
        mendSocket(socket.error),
      ),
    );
  return findings;
}

function judgeScopes(missing: readonly string[] | undefined): Finding[] {
  if (missing === undefined)
    return [
      warning(
        what,
        "It did not tell what the bot's token may do.",
        "Compare OAuth & Permissions on the app's page with manifests/slack-app.json.",
      ),
    ];
  if (missing.length === 0) return [];
  return [
    fault(
      what,
      `The bot's token lacks ${missing.join(", ")}.`,
      "On the app's page: App Manifest, paste manifests/slack-app.json, save; then Install App, reinstall.",
    ),
  ];
}

/** Slack's own words first; what is left is the way to it. */
function mendBot(error: string): string {
  if (["invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"].includes(error))
    return "SLACK_BOT_TOKEN: copy it again from the app's page, Install App (begins with xoxb-).";
  return unreachable;
}

function mendSocket(error: string): string {
  if (error === "not_allowed_token_type")
    return "SLACK_APP_TOKEN must be the app-level token (begins with xapp-), not the bot's.";
  if (error === "missing_scope")
    return "Give the app-level token the scope connections:write: the app's page, Basic Information.";
  if (["invalid_auth", "not_authed", "token_revoked"].includes(error))
    return "SLACK_APP_TOKEN: copy it again from the app's page, Basic Information, App-Level Tokens; and Socket Mode must be on.";
  return unreachable;
}

const unreachable = "Is there a way from here to Slack? curl -sS https://slack.com/api/api.test";
