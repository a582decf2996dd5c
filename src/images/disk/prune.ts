import type { EngineDisk } from "../../engine/build.ts";
import { EngineRefused, EngineSilent } from "../../errors.ts";
import type { Build } from "../../ledger/image-tables.ts";
import type { Tx } from "../../ledger/ledger.ts";
import { buildsToRemove, noteRemoved, unreferredBuilds, wishRemoved } from "../../ledger/queries/builds.ts";
import { containerById } from "../../ledger/queries/containers.ts";
import { anythingBeingBuilt, basesInUse, forgetGone, unusedSince } from "../../ledger/queries/disk.ts";
import { record } from "../../ledger/queries/events.ts";
import type { Node, World } from "../../world.ts";
import { containerCarried } from "../carried.ts";

/** So long nothing may have needed what the nightly prune takes away. */
export const keptDays = 7;
const dayMs = 24 * 3_600_000;

export type Pruned = {
  /** Builds whose images left the engine. */
  builds: Build[];
  /** By those builds (of each what no other image has), build cache, and images without a name. */
  freedBytes: number;
  /** False: something was being built, so the build cache was left alone. */
  withCache: boolean;
};

/**
 * Takes from all engines what nobody needs since `days`: builds that nothing refers to, names of bases that no build stands
 * on and of what carried no container over, unnamed images of ours, unused build cache. What images are made of stays in the ledger: each can be built again.
 * A machine whose engine is silent is left for another time.
 */
export async function prune(world: World, days: number, by = "berth"): Promise<Pruned> {
  await wishStale(world, days, by);
  const pruned: Pruned = { builds: [], freedBytes: 0, withCache: true };
  for (const node of world.nodes.values()) {
    await unlessSilent(world, node, async () => {
      const disk = await node.engine.diskUse();
      const removed = await removeWished(world, node);
      pruned.builds.push(...removed);
      pruned.freedBytes += wouldFree(disk, removed).imageBytes;
      // An image that was just made may have no name yet, and it stands on what would be untagged.
      if (await world.ledger.read(anythingBeingBuilt)) {
        pruned.withCache = false;
        return;
      }
      await untagBases(world, node, disk);
      await untagCarried(world, node, disk);
      pruned.freedBytes += (await node.engine.prune(days * 24)).freedBytes;
    });
  }
  return pruned;
}

/** Takes from the engine the images of builds that are to go, if nothing refers to them any more. */
export async function removeWished(world: World, node: Node): Promise<Build[]> {
  const removed: Build[] = [];
  const wished = (await world.ledger.read(buildsToRemove)).filter(({ nodeId }) => nodeId === node.id);
  for (const engineImageId of new Set(wished.map((build) => build.engineImageId))) {
    // Somebody may have given it a tag meanwhile.
    const still = (await world.ledger.read(buildsToRemove)).filter(
      (build) => build.nodeId === node.id && build.engineImageId === engineImageId,
    );
    if (still.length === 0) continue;
    if (engineImageId !== null && (await node.engine.removeImage(engineImageId)) === "in-use") {
      world.log.info({ engineImageId }, "an image that was to go is still used on the engine; it stays");
      continue;
    }
    await world.ledger.transaction((tx) => removedNow(tx, still, world.clock.now()), { isNews: false });
    removed.push(...still);
  }
  return removed;
}

async function removedNow(tx: Tx, gone: readonly Build[], at: Date): Promise<void> {
  await noteRemoved(
    tx,
    gone.map(({ id }) => id),
    at,
  );
  await forgetGone(tx);
  await record(
    tx,
    gone.map((build) => ({
      at,
      what: "build-removed",
      memberId: build.memberId,
      imageId: build.imageId,
      nodeId: build.nodeId,
      actor: "berth",
      because: "Nothing referred to this build any more; it left the server. It can be built again.",
      evidence: { buildId: build.id, engineImageId: build.engineImageId, sizeBytes: build.sizeBytes },
    })),
  );
}

/** Builds that a prune would take now, as `prune` decides it. */
export async function staleBuilds(tx: Tx, days: number, now: Date): Promise<Build[]> {
  const unreferred = await unreferredBuilds(tx);
  if (days === 0) return unreferred;
  const ids = unreferred.map(({ id }) => id);
  const stale = new Set(await unusedSince(tx, ids, new Date(now.getTime() - days * dayMs)));
  return unreferred.filter(({ id, removeWishedAt }) => stale.has(id) || removeWishedAt !== null);
}

async function wishStale(world: World, days: number, by: string): Promise<void> {
  await world.ledger.transaction(async (tx) => {
    const at = world.clock.now();
    const stale = (await staleBuilds(tx, days, at)).filter(({ removeWishedAt }) => removeWishedAt === null);
    await wishRemoved(
      tx,
      stale.map(({ id }) => id),
      at,
    );
    await record(
      tx,
      stale.map((build) => ({
        at,
        what: "build-pruned",
        memberId: build.memberId,
        imageId: build.imageId,
        nodeId: build.nodeId,
        actor: by,
        because:
          days === 0
            ? "An admin pruned: nothing refers to this build."
            : `Nothing needed this build for ${days} days: it is not the latest, has no tag, and no container uses it.`,
        evidence: { buildId: build.id, days },
      })),
    );
  });
}

/** The name only: what somebody fetched under its own name stays. */
async function untagBases(world: World, node: Node, disk: EngineDisk): Promise<void> {
  const inUse = await world.ledger.read((tx) => basesInUse(tx, node.id));
  for (const { id, refs } of disk.images)
    if (!inUse.has(id)) for (const ref of refs.filter(isBaseName)) await node.engine.untagImage(ref);
}

/**
 * What was made to carry a container over to other devices, and came to nothing: no container is made from it, and none is
 * to be.
 */
async function untagCarried(world: World, node: Node, disk: EngineDisk): Promise<void> {
  for (const { refs, containers } of disk.images) {
    if (containers > 0) continue;
    for (const ref of refs) {
      const id = containerCarried(world.settings.instance, ref);
      if (id === undefined) continue;
      const row = await world.ledger.read((tx) => containerById(tx, id));
      if (row?.state === "starting" || row?.state === "waiting") continue;
      await node.engine.untagImage(ref);
    }
  }
}

export function isBaseName(ref: string): boolean {
  // A probe is there for a moment only; one that is found was left by a killed bot.
  return /^berth-(base|probe):/.test(ref);
}

async function unlessSilent(world: World, node: Node, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof EngineSilent || error instanceof EngineRefused)) throw error;
    world.log.warn({ node: node.id, err: error }, "a machine could not be pruned this time");
  }
}

/** What a prune of everything would free on one engine, at least: of each image what no other has. */
export function wouldFree(
  disk: EngineDisk,
  stale: readonly Build[],
): { imageBytes: number; cacheBytes: number } {
  const ids = new Set(stale.map(({ engineImageId }) => engineImageId));
  const imageBytes = disk.images
    .filter(({ id, containers }) => ids.has(id) && containers === 0)
    .reduce((sum, { bytes, sharedBytes }) => sum + Math.max(0, bytes - sharedBytes), 0);
  return { imageBytes, cacheBytes: disk.buildCacheUnusedBytes };
}
