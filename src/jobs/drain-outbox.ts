import type { SlackRoom } from "../slack/start.ts";
import type { Job } from "./runner.ts";

/** Sends what the ledger wants told, as soon as it is committed. */
export function drainOutbox(room: SlackRoom): Job {
  return {
    name: "drain the outbox",
    everyMs: 2000,
    onCommit: true,
    async run() {
      await room.drain();
    },
  };
}
