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
  /** Seen while it was being moved: what was wished meanwhile may have come too late for that mover. */
  const seenMoving = new Set<number>();
  let isFull = false;
  let last = 0;
  let wake = () => {};
  return {
    name: "move containers",
    everyMs: 5000,
    onCommit: true,
    wakeBy(ring) {
      wake = ring;
    },
    async run(world, signal) {
      const ids = await world.ledger.read((tx) => containersToMove(tx, world.clock.now()));
      for (const id of inTurn(ids, last)) {
        if (moving.has(id)) {
          seenMoving.add(id);
          continue;
        }
        isFull = moving.size >= mostAtOnce;
        if (isFull) return;
        last = id;
        moving.add(id);
        moveUntilDone(world, id, signal).then(
          () => {
            moving.delete(id);
            if (seenMoving.delete(id) || isFull) wake();
          },
          // Not at once again: what can't be moved now is left to the slow tick.
          (err: unknown) => {
            moving.delete(id);
            world.log.error({ containerId: id, err }, "a container could not be moved; it is tried again");
          },
        );
      }
    },
  };
}

/** Begins after the one that was moved last, so that some that hang keep nobody waiting for ever. */
function inTurn(ids: readonly number[], last: number): number[] {
  return [...ids.filter((id) => id > last), ...ids.filter((id) => id <= last)];
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
