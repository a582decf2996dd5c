import type { EngineContainer } from "../engine/engine.ts";
import { EngineRefused } from "../errors.ts";
import { carriedBytes, carriedLabels, carriedRef } from "../images/carried.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import type { Container } from "../ledger/schema.ts";
import { gigabytes } from "../sentence.ts";
import type { Node, World } from "../world.ts";
import { noteStep } from "./moved.ts";
import { madeSince } from "./since.ts";

/** A commit that takes longer is given up. */
const commitLimitMinutes = 10;
/** Engines stack some 125; a container adds one of its own. */
const mostLayers = 120;
const gib = 1024 ** 3;

export type Hindrance = {
  is: "hindered";
  because: string;
  /** It was to be carried over to other devices, and that is what failed. */
  resume?: "too-large" | "failed";
  evidence?: Record<string, unknown>;
};

export type Carried = { is: "carried"; id: string } | { is: "moved" } | Hindrance;

/**
 * Makes the image that carries what was changed in `old`, which does not run, over to another container; found if this run
 * made it before. `old` stays as it is, whatever comes of it.
 */
export async function carry(
  world: World,
  node: Node,
  view: ContainerView,
  old: EngineContainer,
  { layerGiB, signal }: { layerGiB: number | null; signal: AbortSignal },
): Promise<Carried> {
  const there = await carriedForRun(world, node, view.container);
  if (there && there.of === old.id) return { is: "carried", id: there.id };
  if (!(await noteStep(world, view, "commit"))) return { is: "moved" };
  const weighed = await weigh(world, node, old, layerGiB);
  return "bytes" in weighed ? commit(world, node, view, old, weighed.bytes, signal) : weighed;
}

/** What this run of a container has carried so far. */
export async function carriedForRun(
  world: World,
  node: Node,
  { id, run }: Pick<Container, "id" | "run">,
): Promise<{ id: string; of: string | undefined } | undefined> {
  const image = await node.engine.image(carriedRef(world.settings.instance, id));
  if (image?.labels[carriedLabels.run] !== String(run)) return undefined;
  return { id: image.id, of: image.labels[carriedLabels.of] };
}

/** Takes the name away, and with it the image, unless the engine's container is made from it: `madeFrom`, if there is one. */
export async function dropCarried(
  world: World,
  node: Node,
  container: Pick<Container, "id">,
  madeFrom: string | undefined,
): Promise<void> {
  const ref = carriedRef(world.settings.instance, container.id);
  const image = await node.engine.image(ref);
  if (image && image.id !== madeFrom) await node.engine.untagImage(ref);
}

/** Bytes that the next image would hold on top of the container's own: what was carried before is part of it. */
async function weigh(
  world: World,
  node: Node,
  old: EngineContainer,
  layerGiB: number | null,
): Promise<{ bytes: number } | { is: "moved" } | Hindrance> {
  const written = await node.engine.layerBytes(old.id);
  if (written === "gone") return { is: "moved" };
  const from = await node.engine.image(old.imageId);
  const bytes = written + carriedBytes(from?.labels ?? {});
  const layers = from?.layers.length ?? 0;
  const evidence = { rule: "layer_gib", bytes, layerGiB, layers };
  if (layerGiB !== null && bytes > layerGiB * gib) {
    const because = `What was installed and changed in it takes ${gigabytes(bytes)}, and at most ${layerGiB} GB can be brought to another GPU.`;
    return { is: "hindered", resume: "too-large", because, evidence };
  }
  if (layers >= mostLayers) {
    const because = "It was brought to another GPU so often that it can't be once more.";
    return { is: "hindered", resume: "too-large", because, evidence };
  }
  const { freeBytes, totalBytes } = await node.host.diskAt(await node.engine.imagesDir());
  const leastPercent = world.policy.disk.refuse_below_pct;
  if (freeBytes - written < (totalBytes * leastPercent) / 100) {
    const because = `The server's disk has no room to bring what was installed in it (${gigabytes(written)}) to another GPU.`;
    const room = { rule: "disk.refuse_below_pct", written, freeBytes, totalBytes, leastPercent };
    return { is: "hindered", resume: "failed", because, evidence: room };
  }
  return { bytes };
}

async function commit(
  world: World,
  node: Node,
  { container }: ContainerView,
  old: EngineContainer,
  bytes: number,
  signal: AbortSignal,
): Promise<Carried> {
  const limit = new AbortController();
  const answered = new AbortController();
  void world.clock.sleep(commitLimitMinutes * 60_000, answered.signal).then(() => {
    if (!answered.signal.aborted) limit.abort();
  });
  const labels = {
    [carriedLabels.container]: String(container.id),
    [carriedLabels.run]: String(container.run),
    [carriedLabels.of]: old.id,
    [carriedLabels.bytes]: String(bytes),
    ...madeSince(old),
  };
  const ref = carriedRef(world.settings.instance, container.id);
  try {
    const made = await node.engine.commit(old.id, { ref, labels }, AbortSignal.any([signal, limit.signal]));
    return made.is === "gone" ? { is: "moved" } : { is: "carried", id: made.imageId };
  } catch (error) {
    const failed = failure(error, limit.signal.aborted && !signal.aborted);
    if (!failed) throw error;
    world.log.error({ containerId: container.id, err: error }, "a container could not be carried over");
    return { ...failed, evidence: { ...failed.evidence, bytes } };
  } finally {
    answered.abort();
  }
}

function failure(error: unknown, isLate: boolean): Hindrance | undefined {
  if (isLate) {
    const because = `Bringing what was installed in it to another GPU took longer than ${commitLimitMinutes} minutes.`;
    return { is: "hindered", resume: "failed", because, evidence: { commitLimitMinutes } };
  }
  if (!(error instanceof EngineRefused)) return undefined;
  const because =
    "The server could not bring what was installed in it to another GPU; an admin sees the reason with /berth why.";
  return { is: "hindered", resume: "failed", because, evidence: { refusal: error.message } };
}
