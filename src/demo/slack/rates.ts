import type { Clock } from "./clock.ts";
import { callsPerMinute } from "./limits.ts";

export type Rates = {
  /** Counts one call; the seconds to wait if it is one too many, else undefined. */
  spend(method: string, channel: string | undefined): number | undefined;
};

const minuteMs = 60_000;

/**
 * A sliding minute for each method; for posts one for each channel. (Real Slack's windows are its own secret; it lets short
 * bursts pass, so does this.)
 */
export function countRates(clock: Clock): Rates {
  const spent = new Map<string, number[]>();
  return {
    spend(method, channel) {
      const most = callsPerMinute[method];
      if (most === undefined) return undefined;
      const key =
        method === "chat.postMessage" || method === "chat.postEphemeral" ? `${method} ${channel}` : method;
      const nowMs = clock.now();
      const recent = (spent.get(key) ?? []).filter((atMs) => atMs > nowMs - minuteMs);
      spent.set(key, recent);
      const oldest = recent[0];
      if (recent.length >= most && oldest !== undefined) return Math.ceil((oldest + minuteMs - nowMs) / 1000);
      recent.push(nowMs);
      return undefined;
    },
  };
}
