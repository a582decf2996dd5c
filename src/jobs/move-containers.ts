import { move } from "../containers/move.ts";
import { LedgerUnreachable } from "../ledger/errors.ts";
import { containersToMove } from "../ledger/queries/containers.ts";
import type { World } from "../world.ts";
import type { Job } from "./runner.ts";

/** So many containers are brought up or down at the same time; the others wait their turn. */
const mostAtOnce = 16;
const againAfterMs = [50, 100, 250, 500, 1000, 2000];

/** Brings every container to what is wanted of it, several at a time and each by one mover only. */
export function moveContainers(): Job {
  const moving = new Set<number>();
  return {
    name: "move containers",
    everyMs: 5000,
    onCommit: true,
    async run(world, signal) {
      const ids = await world.ledger.read((tx) => containersToMove(tx, world.clock.now()));
      for (const id of ids) {
        if (moving.size >= mostAtOnce) return;
        if (moving.has(id)) continue;
        moving.add(id);
        moveUntilDone(world, id, signal)
          .catch((err: unknown) =>
            world.log.error({ containerId: id, err }, "a container could not be moved; it is tried again"),
          )
          .finally(() => moving.delete(id));
      }
    },
  };
}

/** Ends after some tries even if there is more to do: the next round of the job takes it up again. */
async function moveUntilDone(world: World, id: number, signal: AbortSignal): Promise<void> {
  for (const pauseMs of againAfterMs) {
    if (signal.aborted) return;
    try {
      if ((await move(world, id, signal)) === "done") return;
    } catch (error) {
      if (error instanceof LedgerUnreachable) return;
      throw error;
    }
    await world.clock.sleep(pauseMs, signal);
  }
}
