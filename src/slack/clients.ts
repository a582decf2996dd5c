import { type Logger, LogLevel } from "@slack/bolt";
import { WebClient, type WebClientOptions } from "@slack/web-api";
import type { Log } from "../log.ts";
import { checkedApiUrl, type SlackSettings } from "./settings.ts";

export type Clients = {
  /** For answers: a person waits. One retry. */
  answering: WebClient;
  /** For what uses up a one-use handle: no retry, or the first success would look like a failure. */
  opening: WebClient;
  /** For the outbox, which waits and tries again by itself: no retry, and a 429 comes back at once. */
  sending: WebClient;
};

const answerTimeoutMs = 2_500;
const sendTimeoutMs = 10_000;

export function createClients(settings: SlackSettings, log: Log): Clients {
  const slackApiUrl = checkedApiUrl(settings.apiUrl);
  const common = {
    slackApiUrl,
    logger: quietLogger(log),
    allowAbsoluteUrls: false,
    rejectRateLimitedCalls: true,
  };
  const client = (options: WebClientOptions) => new WebClient(settings.botToken, { ...common, ...options });
  return {
    answering: client({
      timeout: answerTimeoutMs,
      retryConfig: { retries: 1, minTimeout: 100, maxTimeout: 100 },
    }),
    opening: client({ timeout: answerTimeoutMs, retryConfig: { retries: 0 } }),
    sending: client({ timeout: sendTimeoutMs, retryConfig: { retries: 0 } }),
  };
}

/** Every request ends, also those for which the caller set no limit (response_urls). */
export async function fetchWithLimit(
  url: string | URL,
  init?: Parameters<typeof fetch>[1],
): Promise<Response> {
  return await fetch(url, { ...init, signal: init?.signal ?? AbortSignal.timeout(answerTimeoutMs) });
}

/**
 * Slack's libraries write whole payloads (response_urls, triggers, what people typed) at debug level: that is
 * dropped. Their warnings and errors are kept; what is worth more is logged by ourselves.
 */
export function quietLogger(log: Log): Logger {
  const drop = () => {};
  const keep =
    (level: "warn" | "error") =>
    (...said: unknown[]) =>
      log[level](
        { from: "slack library" },
        said.map((one) => (one instanceof Error ? one.message : String(one))).join(" "),
      );
  return {
    debug: drop,
    info: drop,
    warn: keep("warn"),
    error: keep("error"),
    setLevel: drop,
    getLevel: () => LogLevel.WARN,
    setName: drop,
  };
}
