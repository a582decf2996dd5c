import { settleAwaiting } from "../containers/awaited.ts";
import { anyoneToServe } from "../ledger/queries/waiting.ts";
import { serve } from "../waitlist/serve.ts";
import type { Job } from "./runner.ts";

/** Looks after every commit whether what became free serves somebody in the line. */
export const serveLine: Job = {
  name: "serve the line",
  everyMs: 5000,
  onCommit: true,
  async run(world) {
    if (!(await world.ledger.read(anyoneToServe))) return;
    await world.ledger.transaction(async (tx) => {
      await settleAwaiting(tx, world);
      await serve(tx, world);
    });
  },
};
