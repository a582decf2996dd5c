import type { SlackReach } from "../ends/reach.ts";

/** What this process knows of itself: written by src/main.ts, read by whoever asks how it is. */
export type Vitals = {
  /** `starting`: neither yet, or the ledger was lost and is waited for. */
  role: "starting" | "active" | "standby";
  /** While it answers Slack. */
  reach: (() => SlackReach) | undefined;
};
