import type { EngineDisk } from "../../engine/build.ts";
import { EngineRefused, EngineSilent, HostSilent } from "../../errors.ts";
import { type MemberStorage, storageOfAll, workspacesToMeasure } from "../../ledger/queries/disk.ts";
import type { Node, World } from "../../world.ts";
import { carriedLabels } from "../carried.ts";
import { measureEngine } from "./measure.ts";
import { isBaseName, staleBuilds, wouldFree } from "./prune.ts";

export type DiskOverview = {
  nodes: NodeDisk[];
  /** Whoever takes most first. */
  members: (MemberStorage & { bytes: number })[];
  workspaces: {
    bytes: number;
    counted: number;
    /** Not counted yet, or not within the limit. */
    uncounted: number;
    /** The oldest of what was counted. */
    since: Date | undefined;
  };
  /** Builds that nothing refers to: what a prune takes. */
  stale: number;
};

export type NodeDisk = {
  id: string;
  /** Room on the file systems of images and of workspaces; undefined: could not be looked at. */
  imagesDisk: Room | undefined;
  workspacesDisk: Room | undefined;
  /** Undefined: the engine does not answer. */
  engine: EngineUse | undefined;
};
export type Room = { freeBytes: number; totalBytes: number };

export type EngineUse = {
  /** Images that members built; what no other image has. */
  own: { count: number; bytes: number };
  /** All others: bases, house images, what is not Berth's; all of their layers. */
  others: { count: number; bytes: number };
  /** What containers wrote outside /workspace. */
  containers: { count: number; bytes: number };
  cacheBytes: number;
  wouldFree: { imageBytes: number; cacheBytes: number };
};

/** Asks the engines anew, which may take some seconds, and writes down what they say. Never throws for one that is silent. */
export async function diskOverview(world: World): Promise<DiskOverview> {
  const stale = await world.ledger.read((tx) => staleBuilds(tx, 0, world.clock.now()));
  const nodes: NodeDisk[] = [];
  for (const node of world.nodes.values()) {
    const engine = await unlessSilent(measureEngine(world, node));
    nodes.push({
      id: node.id,
      imagesDisk: await unlessSilent(imagesDisk(node)),
      workspacesDisk: await unlessSilent(workspacesDisk(node)),
      engine: engine && engineUse(engine, world.settings.instance, stale),
    });
  }
  const [members, projects] = await world.ledger.read(async (tx) => [
    await storageOfAll(tx),
    await workspacesToMeasure(tx),
  ]);
  const counted = projects.filter(({ measuredAt }) => measuredAt !== null);
  return {
    nodes,
    members: members
      .map((one) => ({ ...one, bytes: totalOf(one) }))
      .filter(({ bytes }) => bytes > 0)
      .toSorted((a, b) => b.bytes - a.bytes),
    workspaces: {
      bytes: members.reduce((sum, { workspaces }) => sum + workspaces.bytes, 0),
      counted: counted.length,
      uncounted: projects.length - counted.length,
      since: counted[0]?.measuredAt ?? undefined,
    },
    stale: stale.length,
  };
}

function totalOf({ images, workspaces, layers }: MemberStorage): number {
  return images.bytes + workspaces.bytes + layers.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What an engine's disk is used for, in Berth's words. */
export function engineUse(
  disk: EngineDisk,
  instance: string,
  stale: Parameters<typeof wouldFree>[1],
): EngineUse {
  // A base has the labels of the member's build it came from, and stays one.
  const isOwn = ({ labels, refs }: EngineDisk["images"][number]) =>
    labels["berth.instance"] === instance && !refs.some(isBaseName);
  // What was carried over is what containers wrote, on other devices than before.
  const isCarried = ({ labels }: EngineDisk["images"][number]) => carriedLabels.container in labels;
  const carried = disk.images.filter((image) => isOwn(image) && isCarried(image));
  const own = disk.images.filter((image) => isOwn(image) && !isCarried(image));
  const others = disk.images.filter((image) => !isOwn(image));
  return {
    own: {
      count: own.length,
      bytes: sum(own.map(({ bytes, sharedBytes }) => Math.max(0, bytes - sharedBytes))),
    },
    others: { count: others.length, bytes: sum(others.map(({ bytes }) => bytes)) },
    containers: {
      count: disk.containers.length,
      bytes: sum([
        ...disk.containers.map(({ layerBytes }) => layerBytes),
        ...carried.map(({ bytes, sharedBytes }) => Math.max(0, bytes - sharedBytes)),
      ]),
    },
    cacheBytes: disk.buildCacheBytes,
    wouldFree: wouldFree(disk, stale),
  };
}

async function imagesDisk({ engine, host }: Node): Promise<Room> {
  return host.diskAt(await engine.imagesDir());
}

async function workspacesDisk({ host }: Node): Promise<Room> {
  const { diskFreeBytes, diskTotalBytes } = await host.facts();
  return { freeBytes: diskFreeBytes, totalBytes: diskTotalBytes };
}

async function unlessSilent<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof EngineSilent || error instanceof EngineRefused || error instanceof HostSilent)
      return undefined;
    throw error;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
