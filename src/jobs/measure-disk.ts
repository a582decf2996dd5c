import { measureEngines, measureWorkspaces, type Pace } from "../images/disk/measure.ts";
import { tellNearLimits } from "../images/disk/tell.ts";
import type { Job } from "./runner.ts";

const hourMs = 3_600_000;
/** After a start there is more important work to do. */
const restAtStartMs = 60_000;
/** A little less than an hour, so that a round that came a second early finds everything due. */
const workspacesEveryMs = 0.9 * hourMs;

/** Every hour: what images, containers and workspaces take on disk; tells members who come near a limit. */
export function measureDisk(): Job {
  const pace: Pace = new Map();
  let began = false;
  return {
    name: "measure the disk",
    everyMs: hourMs,
    async run(world, signal) {
      if (!began) await world.clock.sleep(restAtStartMs, signal);
      began = true;
      if (signal.aborted) return;
      await measureEngines(world);
      await measureWorkspaces(world, { pace, everyMs: workspacesEveryMs, atMostMs: hourMs / 2 }, signal);
      await tellNearLimits(world);
    },
  };
}
