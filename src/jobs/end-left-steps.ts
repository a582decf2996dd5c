import { HostSilent } from "../errors.ts";
import type { Job } from "./runner.ts";

/** Ends what a killed engine left running of its builds. */
export const endLeftSteps: Job = {
  name: "end left steps",
  everyMs: 60_000,
  async run(world) {
    for (const node of world.nodes.values()) {
      const ended = await node.host.endLeftSteps().catch((error: unknown) => {
        if (error instanceof HostSilent) return 0;
        throw error;
      });
      if (ended > 0)
        world.log.warn({ nodeId: node.id, ended }, "ended steps of builds that lost their engine");
    }
  },
};
