import { besides, takeIn } from "../idle/fold.ts";
import { type Minute, signOf } from "../idle/minute.ts";
import type { Sample } from "../idle/reading.ts";
import { type Pids, sampleNode } from "../idle/sample.ts";
import { type Measured, measuredOn, newestMinutes, writeMinutes } from "../ledger/queries/use.ts";
import type { Node, NodeId, World } from "../world.ts";
import type { Job } from "./runner.ts";

const everyMs = 15_000;

/**
 * Four times a minute looks at what each running container uses, and writes down each minute that is over. What this process
 * of the bot has not seen itself it does not know: a minute that was cut off by a start is missing. `looks`: when it looked
 * last, by the clock that nobody sets.
 */
export function sampleUse(node: Node, looks: Map<NodeId, number> = new Map()): Job {
  let kept = new Map<string, readonly Sample[]>();
  const pids: Pids = new Map();
  return {
    name: `sample use on ${node.id}`,
    everyMs,
    async run(world) {
      const containers = await world.ledger.read((tx) => measuredOn(tx, node.id));
      const samples = await sampleNode(node, world.clock, containers, pids);
      const next: typeof kept = new Map();
      const done: { container: Measured; minute: Minute }[] = [];
      for (const container of containers) {
        const taken = takeIn(kept.get(keyOf(container)) ?? [], samples.get(container.id)!);
        next.set(keyOf(container), taken.kept);
        if (taken.done) done.push({ container, minute: taken.done });
      }
      // Only then: if the ledger is away the same minutes are folded once more at the next round.
      if (done.length > 0) await writeDown(world, done);
      kept = next;
      looks.set(node.id, world.clock.monotonicMs());
    },
  };
}

/** Each grant of a container is a life of its own. */
function keyOf({ id, run }: Measured): string {
  return `${id} ${run}`;
}

async function writeDown(
  world: World,
  done: readonly { container: Measured; minute: Minute }[],
): Promise<void> {
  await world.ledger.transaction(
    async (tx) => {
      const newest = await newestMinutes(
        tx,
        done.map(({ container }) => container.id),
      );
      const rows = done.map(({ container: { id, run }, minute }) => {
        const beside = besides(newest.get(id), minute);
        return { containerId: id, run, sign: signOf(beside), ...beside };
      });
      await writeMinutes(tx, rows);
    },
    { isNews: false },
  );
}
