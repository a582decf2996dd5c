import { deviceBack, deviceLost } from "../containers/device-lost.ts";
import { outOfMemory } from "../containers/out-of-memory.ts";
import { reconcile } from "../containers/reconcile.ts";
import { EngineSilent, HostSilent } from "../errors.ts";
import { currentEpoch, nodeById, upsertNode } from "../ledger/queries/nodes.ts";
import { writeDevices } from "../nodes/devices.ts";
import type { Node, World } from "../world.ts";
import type { Job } from "./runner.ts";

/** So many rounds without an answer in a row, and the node is given no new work. */
const silentRoundsUntilUnreachable = 3;
/** The machine's own share of its memory. */
const keptForTheMachine = 0.08;

/**
 * Compares the ledger with one machine, all the time: its GPUs, its engine's containers. Before the first full round after
 * a start nothing is granted there.
 */
export function watchNode(node: Node, everyMs: number): Job {
  /** Rounds in a row that the engine was silent; Infinity before the first answer since the bot's start. */
  let silentRounds = Number.POSITIVE_INFINITY;
  /** In which a process was ended since the last round, by the engine's ids: of that nothing else is left to be seen. */
  const shortOfMemory = new Set<string>();
  return {
    name: `watch ${node.id}`,
    everyMs,
    wakeBy: (wake, signal) =>
      node.engine.watch(({ what, id }) => {
        if (what === "oom") shortOfMemory.add(id);
        wake();
      }, signal),
    async run(world) {
      try {
        await look(world, node, silentRounds > 0);
        silentRounds = 0;
        for (const id of shortOfMemory) {
          await outOfMemory(world, node, id);
          shortOfMemory.delete(id);
        }
      } catch (error) {
        if (!(error instanceof EngineSilent || error instanceof HostSilent)) throw error;
        silentRounds = Number.isFinite(silentRounds) ? silentRounds + 1 : 1;
        world.log.warn(
          { node: node.id, err: error },
          "the server did not answer; nothing is concluded from that",
        );
        if (silentRounds >= silentRoundsUntilUnreachable) await unreachable(world, node, error);
      }
    },
  };
}

async function look(world: World, node: Node, engineWasAway: boolean): Promise<void> {
  const containers = await node.engine.list();
  const reading = await node.host.readGpus();
  node.latest.gpus = reading;
  node.latest.links ??= await node.host.links();
  const { cpus, memoryMiB } = await shareOf(world, node);
  await world.ledger.transaction(async (tx) => {
    const row = await nodeById(tx, node.id);
    if (row?.cpus !== cpus || row.memoryMiB !== memoryMiB) {
      const now = world.clock.now();
      await upsertNode(tx, {
        id: node.id,
        state: row?.state ?? "up",
        stateSince: row?.stateSince ?? now,
        cpus,
        memoryMiB,
      });
    }
    const moved = await writeDevices(tx, world, node, reading, containers);
    for (const { device, from } of moved) {
      if (device.state === "lost") await deviceLost(tx, world, device);
      else if (from === "lost" && device.state !== "gone") await deviceBack(tx, world, device);
    }
  });
  await reconcile(world, node, engineWasAway);
  await settle(world, node);
}

/** Everything was compared: the node may be granted from, if nobody drains it. */
async function settle(world: World, node: Node): Promise<void> {
  await world.ledger.transaction(async (tx) => {
    const row = await nodeById(tx, node.id);
    const epoch = await currentEpoch(tx);
    if (!row || (row.adoptedInEpoch === epoch && row.state !== "unreachable")) return;
    const now = world.clock.now();
    const back = row.state === "unreachable";
    await upsertNode(tx, {
      ...row,
      ...(back ? { state: "up", stateSince: now, reason: null } : {}),
      adoptedInEpoch: epoch,
    });
  });
}

async function unreachable(world: World, node: Node, error: Error): Promise<void> {
  await world.ledger.transaction(async (tx) => {
    const row = await nodeById(tx, node.id);
    if (row?.state !== "up") return;
    const now = world.clock.now();
    await upsertNode(tx, { ...row, state: "unreachable", stateSince: now, reason: error.message });
  });
}

async function shareOf(world: World, node: Node): Promise<{ cpus: number; memoryMiB: number }> {
  const machine = await node.host.facts();
  node.latest.machine = machine;
  const own = world.policy.nodes[node.id];
  return {
    cpus: Math.min(own?.cpus ?? machine.cpus, machine.cpus),
    memoryMiB: own?.memory_gib
      ? Math.floor(own.memory_gib * 1024)
      : Math.floor(machine.memoryMiB * (1 - keptForTheMachine)),
  };
}
