import { z } from "zod";
import { slackWord } from "./slack-word.ts";

/** What became of one try to send. */
export type Failure =
  /** Slack is away, busy or broken, or the network is: it will pass, however long it takes. */
  | { kind: "passing"; error: string; waitMs?: number }
  /** Slack will not take this message, now or later. */
  | { kind: "hopeless"; error: string }
  /** Slack takes nothing from us at all: an operator has to act. */
  | { kind: "locked-out"; error: string };

const lockedOut = new Set([
  "not_authed",
  "invalid_auth",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "missing_scope",
  "no_permission",
  "org_login_required",
  "ekm_access_denied",
]);

const passing = new Set([
  "ratelimited",
  "rate_limited",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
]);

const rateLimited = z.object({ code: z.literal("slack_webapi_rate_limited_error"), retryAfter: z.number() });
const httpError = z.object({ code: z.literal("slack_webapi_http_error"), statusCode: z.number() });

/** Reads what the web client threw. What can't be told apart is taken as passing: then nothing is lost. */
export function failureOf(error: unknown): Failure {
  const limited = rateLimited.safeParse(error);
  if (limited.success)
    return { kind: "passing", error: "ratelimited", waitMs: limited.data.retryAfter * 1000 };
  const word = slackWord(error);
  if (word !== undefined) {
    if (lockedOut.has(word)) return { kind: "locked-out", error: word };
    return { kind: passing.has(word) ? "passing" : "hopeless", error: word };
  }
  const http = httpError.safeParse(error);
  if (http.success) return { kind: "passing", error: `http ${http.data.statusCode}` };
  return { kind: "passing", error: error instanceof Error ? error.message.slice(0, 200) : "unknown" };
}

/** Not Slack's but the ledger's: it is away, or another process is the bot. */
export function isLedgers(error: unknown): boolean {
  return error instanceof Error && ["LedgerUnreachable", "NotActive", "LedgerFault"].includes(error.name);
}
