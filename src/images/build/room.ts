import { EngineSilent, HostSilent, Refusal } from "../../errors.ts";
import type { Node, World } from "../../world.ts";

/** Percent of the disk that is free where there is least: where members' files are, or where the engine keeps images. */
export async function freePercent(node: Node): Promise<number> {
  const [files, imagesDir] = await Promise.all([node.host.facts(), node.engine.imagesDir()]);
  const images = await node.host.diskAt(imagesDir);
  return Math.floor(
    Math.min(share(files.diskFreeBytes, files.diskTotalBytes), share(images.freeBytes, images.totalBytes)),
  );
}

function share(free: number, total: number): number {
  return total === 0 ? 100 : (100 * free) / total;
}

/**
 * Throws a Refusal if the disk of the machine that would build is so full that not even a place in the queue is given
 * (policy `disk.refuse_below_pct`). A machine that does not answer refuses nothing: then the build waits. Not to be called
 * inside a transaction.
 */
export async function refuseWithoutRoom(world: World): Promise<void> {
  const [node] = world.nodes.values();
  if (!node) return;
  const free = await freePercent(node).catch(orUnknown);
  if (free === undefined || free >= world.policy.disk.refuse_below_pct) return;
  throw new Refusal(
    "disk-full",
    `The server's disk is nearly full (${free} % free), so nothing is built now.`,
    {
      hint: "Old images and files that nobody needs can go: /image-delete, or remove files below /workspace. An admin can help.",
    },
  );
}

function orUnknown(error: unknown): undefined {
  if (error instanceof EngineSilent || error instanceof HostSilent) return undefined;
  throw error;
}
