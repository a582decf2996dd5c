import type { Job } from "./runner.ts";

/** Sends what the ledger wants told, as soon as it is committed. */
export function drainOutbox(outbox: { drain(): Promise<unknown> }): Job {
  return {
    name: "drain the outbox",
    everyMs: 2000,
    onCommit: true,
    async run() {
      await outbox.drain();
    },
  };
}
