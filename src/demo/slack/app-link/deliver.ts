import { randomUUID } from "node:crypto";
import type { DeliveryEntry } from "../journal.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Payload } from "./payloads.ts";

/** How the app answered one delivery. */
export type Acknowledged =
  | { ok: true; payload: unknown }
  | { ok: false; error: "operation_timeout" | "dispatch_failed"; message: string };

export type Envelope = {
  id: string;
  type: DeliveryEntry["type"];
  payload: Payload;
  acceptsResponse: boolean;
  retryAttempt: number;
  retryReason: string;
};

/** A way to the app. */
export type Carrier = {
  isConnected(): boolean;
  /**
   * Sends once and calls `answered` when the app acknowledges (perhaps late, perhaps twice), `failed` when it is known that it
   * won't. Answers false if there is nobody to send to.
   */
  send(envelope: Envelope, answered: (payload: unknown) => void, failed: (why: string) => void): boolean;
  close(): Promise<void>;
};

export type AppLink = {
  /** A command, a click, a form: once, 3 s, no second try. Never throws. */
  ask(type: DeliveryEntry["type"], payload: Payload): Promise<Acknowledged>;
  /** An event: again at once, after 1 min and after 5 min, as Slack does, until it is acknowledged. */
  tell(payload: Payload): void;
  isConnected(): boolean;
  close(): Promise<void>;
};

/** Slack's waits before its three retries of an event. */
const retryAfterMs = [0, 60_000, 300_000];

export function linkApp(workspace: Workspace, carrier: Carrier): AppLink {
  const { clock, journal, faults, settings } = workspace;
  let last: Envelope | undefined;
  let closed = false;
  const timers = new Set<() => void>();

  function deliver(envelope: Envelope): Promise<Acknowledged> {
    last = envelope;
    const entry = journal.add({
      kind: "delivery",
      type: envelope.type,
      envelopeId: envelope.id,
      payload: envelope.payload,
      retryAttempt: envelope.retryAttempt,
      outcome: "waiting",
    } as Omit<DeliveryEntry, "seq" | "atMs">);
    const startMs = clock.now();
    return new Promise((resolve) => {
      const settle = (outcome: DeliveryEntry["outcome"], answer: Acknowledged) => {
        if (entry.outcome !== "waiting") return;
        entry.outcome = outcome;
        entry.ackMs = clock.now() - startMs;
        cancel();
        timers.delete(cancel);
        resolve(answer);
      };
      const cancel = clock.after(settings.ackMs, () =>
        settle("operation_timeout", {
          ok: false,
          error: "operation_timeout",
          message: `The app did not acknowledge within ${settings.ackMs / 1000} s.`,
        }),
      );
      timers.add(cancel);
      const answered = (payload: unknown) => {
        if (entry.outcome === "operation_timeout") {
          journal.complain(
            `${envelope.type}: acknowledged ${clock.now() - startMs} ms after it was sent; ${settings.ackMs} are allowed.`,
          );
          return;
        }
        if (entry.outcome !== "waiting") return;
        entry.ack = payload;
        settle("acked", { ok: true, payload });
      };
      const failed = (why: string) =>
        settle("dispatch_failed", { ok: false, error: "dispatch_failed", message: why });
      if (faults.isAway || !carrier.send(envelope, answered, failed)) {
        failed("The app is not connected.");
        return;
      }
      if (faults.strikeTwice()) carrier.send(envelope, answered, failed);
    });
  }

  function fresh(type: Envelope["type"], payload: Payload): Envelope {
    return {
      id: randomUUID(),
      type,
      payload,
      // Slack says false for events only.
      acceptsResponse: type !== "events_api",
      retryAttempt: 0,
      retryReason: "",
    };
  }

  async function tellUntilAcknowledged(envelope: Envelope): Promise<void> {
    const acknowledged = await deliver(envelope);
    const waitMs = retryAfterMs[envelope.retryAttempt];
    if (acknowledged.ok || waitMs === undefined || closed) return;
    const again: Envelope = {
      ...envelope,
      id: randomUUID(),
      retryAttempt: envelope.retryAttempt + 1,
      retryReason: acknowledged.error === "operation_timeout" ? "timeout" : "http_error",
    };
    const cancel = clock.after(waitMs, () => {
      timers.delete(cancel);
      void tellUntilAcknowledged(again);
    });
    timers.add(cancel);
  }

  faults.sockets.redeliver = () => {
    if (!last) return;
    const again = { ...last, retryAttempt: last.retryAttempt + 1, retryReason: "timeout" };
    void deliver(again);
  };

  return {
    ask: (type, payload) => deliver(fresh(type, payload)),
    tell: (payload) => void tellUntilAcknowledged(fresh("events_api", payload)),
    isConnected: () => !faults.isAway && carrier.isConnected(),
    async close() {
      closed = true;
      for (const cancel of timers) cancel();
      await carrier.close();
    },
  };
}
