import { schedule } from "node-cron";
import { EngineRefused, EngineSilent } from "../errors.ts";
import { keptDays, prune, removeWished } from "../images/disk/prune.ts";
import { buildsToRemove } from "../ledger/queries/builds.ts";
import type { World } from "../world.ts";
import type { Job } from "./runner.ts";

/** At night, by the server's clock, after the ledger was trimmed. */
const atNight = "47 3 * * *";
const dayMs = 24 * 3_600_000;
const tenMinutesMs = 10 * 60_000;

/** At night alone, not at every start: what nobody needed for some days leaves the engines. */
export function pruneImages(): Job {
  let isNight = false;
  return {
    name: "prune images",
    everyMs: dayMs,
    wakeBy(wake, signal) {
      const task = schedule(atNight, () => {
        isNight = true;
        wake();
      });
      signal.addEventListener("abort", () => void task.destroy(), { once: true });
    },
    async run(world) {
      if (!isNight) return;
      isNight = false;
      const { builds, freedBytes, withCache } = await prune(world, keptDays);
      world.log.info({ builds: builds.length, freedBytes, withCache }, "pruned");
    },
  };
}

/** Soon after a member deleted an image, or when what stood in the way is gone, it leaves its engine. */
export function removeImages(): Job {
  /** What the engine would not give up: not asked for again at every commit. */
  const refused = new Map<number, number>();
  return {
    name: "remove images",
    everyMs: tenMinutesMs,
    onCommit: true,
    async run(world) {
      const { clock } = world;
      const wished = (await world.ledger.read(buildsToRemove)).filter(
        ({ id }) => (refused.get(id) ?? 0) <= clock.monotonicMs(),
      );
      for (const nodeId of new Set(wished.map((build) => build.nodeId))) {
        const removed = new Set(await removedFrom(world, nodeId));
        for (const { id } of wished.filter((build) => build.nodeId === nodeId && !removed.has(build.id)))
          refused.set(id, clock.monotonicMs() + tenMinutesMs);
      }
    },
  };
}

async function removedFrom(world: World, nodeId: string): Promise<number[]> {
  const node = world.nodes.get(nodeId);
  if (!node) return [];
  try {
    return (await removeWished(world, node)).map(({ id }) => id);
  } catch (error) {
    if (!(error instanceof EngineSilent || error instanceof EngineRefused)) throw error;
    world.log.warn({ node: nodeId, err: error }, "images that are to go stay for now");
    return [];
  }
}
