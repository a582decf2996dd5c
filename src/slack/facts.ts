import { WebClient } from "@slack/web-api";
import type { Log } from "../log.ts";
import { quietLogger } from "./clients.ts";
import { botScopes } from "./manifest.ts";
import { failureOf } from "./sending.ts";
import { checkedApiUrl, type SlackSettings } from "./settings.ts";

/** What can be told of Slack without starting anything; each `error` is Slack's own word or the network's. */
export type SlackFacts = {
  bot: { ok: true; team: string; teamId: string; botName: string } | { ok: false; error: string };
  /** Scopes that the app asks for and its token lacks; undefined where Slack did not tell. */
  missingScopes: string[] | undefined;
  /** Whether a socket would be given to the app token; undefined in HTTP mode. */
  socket: { ok: true } | { ok: false; error: string } | undefined;
};

const timeoutMs = 5_000;

/** Asks Slack, 5 s at most each; never throws for Slack's sake. */
export async function slackFacts(settings: SlackSettings, log: Log): Promise<SlackFacts> {
  const options = {
    slackApiUrl: checkedApiUrl(settings.apiUrl),
    logger: quietLogger(log),
    timeout: timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  };
  const [bot, socket] = await Promise.all([
    new WebClient(settings.botToken, options).auth.test().catch(failureOf),
    settings.delivery.kind === "socket"
      ? new WebClient(settings.delivery.appToken, options).apps.connections.open({}).catch(failureOf)
      : undefined,
  ]);
  const scopes = "ok" in bot ? bot.response_metadata?.scopes : undefined;
  return {
    bot:
      "ok" in bot
        ? { ok: true, team: bot.team ?? "", teamId: bot.team_id ?? "", botName: bot.user ?? "" }
        : { ok: false, error: bot.error },
    missingScopes: scopes && botScopes.filter((scope) => !scopes.includes(scope)),
    socket:
      socket === undefined ? undefined : "ok" in socket ? { ok: true } : { ok: false, error: socket.error },
  };
}
