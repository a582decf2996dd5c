import type { EngineDisk } from "../../engine/build.ts";
import { EngineRefused, EngineSilent, HostSilent } from "../../errors.ts";
import {
  builtAndRunning,
  forgetGone,
  type Measurement,
  type OnDisk,
  workspacesToMeasure,
  writeMeasured,
} from "../../ledger/queries/disk.ts";
import type { Node, World } from "../../world.ts";
import { carriedBytes, carriedLabels } from "../carried.ts";

/** Of one workspace: what takes longer than this to count stays as it was measured last, or unknown. */
const workspaceLimitMs = 5 * 60_000;
/** Counting takes at most this part of a disk's time: one that took a minute is counted again 20 minutes later at the earliest. */
const restsTimes = 20;

/** Measures the images and containers of all machines. One whose engine does not answer keeps what was measured last. */
export async function measureEngines(world: World): Promise<void> {
  for (const node of world.nodes.values()) {
    try {
      await measureEngine(world, node);
    } catch (error) {
      if (!(error instanceof EngineSilent || error instanceof EngineRefused)) throw error;
      world.log.warn({ node: node.id, err: error }, "what images take could not be measured this time");
    }
  }
}

/** Writes what the engine says and returns it. Throws `EngineSilent`. */
export async function measureEngine(world: World, node: Node): Promise<EngineDisk> {
  const disk = await node.engine.diskUse();
  await world.ledger.transaction(
    async (tx) => {
      const rows = measurements(disk, await builtAndRunning(tx, node.id));
      await writeMeasured(tx, rows, world.clock.now());
      await forgetGone(tx);
    },
    { isNews: false },
  );
  return disk;
}

/**
 * Of an image only the layers that no other image has. Two builds that came out as the same image count once, as the older
 * one. Of a container what it wrote, and what was carried over when it got other devices. What the engine does not have is
 * not measured: its row stays until the ledger knows that it is gone.
 */
export function measurements(disk: Pick<EngineDisk, "images" | "containers">, there: OnDisk): Measurement[] {
  const images = new Map(disk.images.map((image) => [image.id, image]));
  const layers = new Map(disk.containers.map((container) => [container.id, container.layerBytes]));
  const carried = new Map(
    disk.images
      .filter(({ labels, containers }) => carriedLabels.container in labels && containers > 0)
      .map(({ labels }) => [Number(labels[carriedLabels.container]), carriedBytes(labels)]),
  );
  const counted = new Set<string>();
  const ofBuilds = there.builds.flatMap(({ id, memberId, engineImageId }): Measurement[] => {
    const image = images.get(engineImageId);
    if (!image) return [];
    const bytes = counted.has(engineImageId) ? 0 : Math.max(0, image.bytes - image.sharedBytes);
    counted.add(engineImageId);
    return [{ kind: "image", ofId: id, memberId, bytes }];
  });
  const ofContainers = there.containers.flatMap(({ id, memberId, engineId }): Measurement[] => {
    const bytes = layers.get(engineId);
    return bytes === undefined
      ? []
      : [{ kind: "layer", ofId: id, memberId, bytes: bytes + (carried.get(id) ?? 0) }];
  });
  return [...ofBuilds, ...ofContainers];
}

/** When each may be counted again; kept between rounds by whoever measures. */
export type Pace = Map<number, number>;

/**
 * Counts the files of all projects that are due, one after the other, those that were counted longest ago first, for so long
 * at most. What can't be counted this time stays as it is.
 */
export async function measureWorkspaces(
  world: World,
  { pace, everyMs, atMostMs }: { pace: Pace; everyMs: number; atMostMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { clock, ledger } = world;
  const began = clock.monotonicMs();
  const dueBefore = clock.now().getTime() - everyMs;
  const projects = await ledger.read((tx) => workspacesToMeasure(tx));
  for (const { id, memberId, path, measuredAt } of projects) {
    if (signal.aborted || clock.monotonicMs() - began > atMostMs) return;
    if ((pace.get(id) ?? 0) > clock.monotonicMs()) continue;
    if (measuredAt !== null && measuredAt.getTime() > dueBefore) continue;
    const before = clock.monotonicMs();
    const bytes = await onAllNodes(world, path);
    const took = clock.monotonicMs() - before;
    pace.set(id, clock.monotonicMs() + took * restsTimes);
    if (bytes === "silent") return;
    if (bytes === undefined) {
      world.log.info(
        { projectId: id, tookMs: Math.round(took) },
        "a workspace could not be counted this time",
      );
      continue;
    }
    const row: Measurement = { kind: "workspace", ofId: id, memberId, bytes };
    await ledger.transaction((tx) => writeMeasured(tx, [row], clock.now()), { isNews: false });
  }
}

/** `silent`: the disk of the workspaces is not there, so none of the others can be counted either. */
async function onAllNodes(world: World, path: string): Promise<number | undefined | "silent"> {
  let sum = 0;
  for (const node of world.nodes.values()) {
    try {
      const bytes = await node.host.spaceUsed(path, workspaceLimitMs);
      if (bytes === undefined) return undefined;
      sum += bytes;
    } catch (error) {
      if (!(error instanceof HostSilent)) throw error;
      world.log.warn({ node: node.id, err: error }, "workspaces could not be counted this time");
      return "silent";
    }
  }
  return sum;
}
