import { createHmac } from "node:crypto";
import { stringify } from "node:querystring";
import type { Carrier, Envelope } from "./deliver.ts";

type HttpDelivery = { kind: "http"; url: string; signingSecret: string };

/** Signed requests to the app's one address: forms for commands and interactions, JSON for events. */
export function deliverByHttp(to: HttpDelivery): Carrier {
  const underWay = new AbortController();
  return {
    isConnected: () => true,
    send(envelope, answered, failed) {
      void post(envelope, answered, failed);
      return true;
    },
    async close() {
      underWay.abort();
    },
  };

  async function post(
    envelope: Envelope,
    answered: (payload: unknown) => void,
    failed: (why: string) => void,
  ) {
    const body = bodyOf(envelope);
    // The app checks the age of a request by its own clock, so the signature carries the real time.
    const timestamp = Math.floor(Date.now() / 1000);
    try {
      const response = await fetch(to.url, {
        method: "POST",
        headers: {
          "content-type":
            envelope.type === "events_api" ? "application/json" : "application/x-www-form-urlencoded",
          "user-agent": "Slackbot 1.0 (simulated)",
          "x-slack-request-timestamp": String(timestamp),
          "x-slack-signature": sign(to.signingSecret, timestamp, body),
          ...(envelope.retryAttempt > 0
            ? {
                "x-slack-retry-num": String(envelope.retryAttempt),
                "x-slack-retry-reason": envelope.retryReason,
              }
            : {}),
        },
        body,
        signal: AbortSignal.any([underWay.signal, AbortSignal.timeout(30_000)]),
      });
      const text = await response.text();
      if (response.status !== 200) failed(`The app answered with HTTP ${response.status}.`);
      else answered(read(text));
    } catch (error) {
      if (!underWay.signal.aborted)
        failed(`The app can't be reached at ${to.url}: ${(error as Error).message}`);
    }
  }

  function read(text: string): unknown {
    if (text === "") return {};
    try {
      return JSON.parse(text);
    } catch {
      return { text };
    }
  }
}

function bodyOf(envelope: Envelope): string {
  switch (envelope.type) {
    case "events_api":
      return JSON.stringify(envelope.payload);
    case "slash_commands":
      return stringify(envelope.payload as Record<string, string>);
    case "interactive":
      return stringify({ payload: JSON.stringify(envelope.payload) });
  }
}

function sign(secret: string, timestamp: number, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}
