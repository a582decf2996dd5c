import { schedule } from "node-cron";
import { trim } from "../ledger/queries/trim.ts";
import type { Job } from "./runner.ts";

/** At night, by the server's clock, when nobody waits. */
const atNight = "17 3 * * *";
const dayMs = 24 * 3_600_000;

export const trimLedger: Job = {
  name: "trim the ledger",
  everyMs: dayMs,
  wakeBy(wake, signal) {
    const task = schedule(atNight, wake);
    signal.addEventListener("abort", () => void task.destroy(), { once: true });
  },
  async run(world) {
    await world.ledger.write((tx) => trim(tx, world.clock.now()));
  },
};
