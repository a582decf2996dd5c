import { SocketModeReceiver } from "@slack/bolt";
import type { SlackReach } from "../ends/reach.ts";
import { fetchWithLimit, quietLogger } from "./clients.ts";
import { gapLog } from "./gaps.ts";
import type { Room } from "./room.ts";
import { failureOf } from "./sending.ts";

/** A dead connection is seen this long after a ping without an answer. How soon we are back does not depend on it. */
const pongTimeoutMs = 5_000;
const openTimeoutMs = 5_000;
const connectTimeoutMs = 15_000;
const pausesMs = [0, 250, 1_000, 2_000, 5_000, 10_000];

export type Connection = {
  receiver: SocketModeReceiver;
  /** Connects, and again whenever the connection ends, until `signal` aborts. Resolves then. */
  keep(signal: AbortSignal): Promise<void>;
  /** Resolves once the first try is over; rejects, in a sentence, if Slack does not take the token. */
  firstTry: Promise<void>;
  /** Since when Slack can reach us, and when it could not. */
  reach(): SlackReach;
};

/**
 * Socket Mode. Its client could reconnect by itself, but it waits first, and where `apps.connections.open` fails for
 * good it ends the process by a rejection that nobody can catch; so that is switched off and done here.
 */
export function socketConnection(room: Room, appToken: string): Connection {
  const { world } = room;
  const receiver = new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    clientPingTimeout: pongTimeoutMs,
    logger: quietLogger(world.log),
    installerOptions: {
      clientOptions: {
        slackApiUrl: room.clients.answering.slackApiUrl,
        fetch: fetchWithLimit,
        timeout: openTimeoutMs,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
      },
    },
  });
  const { client } = receiver;
  const first = Promise.withResolvers<void>();
  // Whoever started the room may not be waiting for it.
  first.promise.catch(() => undefined);
  const gaps = gapLog(world.clock);
  client.on("connected", gaps.back);
  client.on("disconnected", gaps.lost);

  async function keep(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const ended = Promise.withResolvers<void>();
      client.once("disconnected", ended.resolve);
      try {
        await connect(signal);
        failures = 0;
        first.resolve();
        world.log.info("connected to Slack");
        await Promise.race([ended.promise, whenAborted(signal)]);
      } catch (error) {
        failures++;
        const failure = failureOf(error);
        world.log.warn({ failures, failure, err: error }, "not connected to Slack");
        if (failure.kind === "passing") first.resolve();
        else
          first.reject(
            new Error(
              `Slack does not take the app token (${failure.error}). Check SLACK_APP_TOKEN and that Socket Mode is on.`,
            ),
          );
      } finally {
        client.off("disconnected", ended.resolve);
      }
      if (!signal.aborted)
        await world.clock.sleep(pausesMs[Math.min(failures, pausesMs.length - 1)] ?? 0, signal);
    }
    await disconnect();
  }

  async function connect(signal: AbortSignal): Promise<void> {
    const tooLong = new AbortController();
    const limit = world.clock.sleep(connectTimeoutMs, tooLong.signal).then(() => "late" as const);
    try {
      const outcome = await Promise.race([
        client.start(),
        limit,
        whenAborted(signal).then(() => "aborted" as const),
      ]);
      if (outcome !== "late") return;
      await disconnect();
      throw new Error("Slack did not say hello in time");
    } finally {
      tooLong.abort();
    }
  }

  /** Its promise never resolves where there was no connection. */
  async function disconnect(): Promise<void> {
    const patience = new AbortController();
    await Promise.race([
      client.disconnect().catch(() => undefined),
      world.clock.sleep(2_000, patience.signal),
    ]);
    patience.abort();
  }

  return { receiver, keep, firstTry: first.promise, reach: gaps.reach };
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
