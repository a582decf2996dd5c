import type { Reach } from "../ends/reach.ts";
import { lookForProblems, readDisks } from "../health/look.ts";
import { whatToSay } from "../health/say.ts";
import { tellProblems } from "../health/tell.ts";
import { allProblems } from "../ledger/queries/problems.ts";
import type { World } from "../world.ts";
import type { Job } from "./runner.ts";

const everyMs = 15_000;
const disksEveryMs = 5 * 60_000;

/** What needs an admin: told once, said again after a day, and that it is solved. One for each life as the active bot. */
export function tellProblemsJob(world: World, reach: () => Reach): Job {
  let disks: ReadonlyMap<string, number> = new Map();
  let readAtMs = Number.NEGATIVE_INFINITY;
  return {
    name: "tell problems",
    everyMs,
    async run() {
      const nowMs = world.clock.monotonicMs();
      if (nowMs - readAtMs >= disksEveryMs) {
        disks = await readDisks(world);
        readAtMs = nowMs;
      }
      const look = await lookForProblems(world, reach(), disks);
      const known = await world.ledger.read(allProblems);
      // Most rounds say nothing: those take no lock.
      if (whatToSay(look, known, world.clock.now()).length === 0) return;
      await world.ledger.transaction((tx) => tellProblems(tx, world, look));
    },
  };
}
