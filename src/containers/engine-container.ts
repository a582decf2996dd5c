import type { EngineContainer } from "../engine/engine.ts";
import { EngineRefused } from "../errors.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import { type Limits, limitsOf } from "../policy/policy.ts";
import type { Node, World } from "../world.ts";
import { type Carried, carriedForRun, carry, dropCarried, type Hindrance } from "./carry.ts";
import { containerImage } from "./container-image.ts";
import { noteStep } from "./moved.ts";
import { dropNext, isIts, isOfRun, standing, takePlace } from "./remake.ts";
import { madeSince } from "./since.ts";
import { containerSpec } from "./spec.ts";
import { neverRan } from "./wish.ts";

type Made = { is: "there"; id: string } | { is: "moved" } | Hindrance;

/**
 * The engine's container of this row: found by its labels, made if it is not there. One that has other devices than it was
 * granted now gives way to another with all that was changed in it, or with nothing of that if its member wished so.
 * `moved`: look again, for row or engine are changing.
 */
export async function engineContainer(
  world: World,
  node: Node,
  view: ContainerView,
  signal: AbortSignal,
): Promise<Made> {
  const { container } = view;
  const isNew = neverRan(container);
  const found = isNew ? await node.engine.inspect(container.name) : await standing(node, container);
  if (found && isIts(found, container)) {
    if (!isNew) return asGranted(world, node, view, found, signal);
    if (hasDevices(found, view)) return rememberEngineId(view, found);
    await node.engine.remove(found.id);
  } else if (found && found.labels["berth.instance"] === world.settings.instance) {
    // What is left of an earlier one of this project, which the comparison with the engine takes away.
    return { is: "moved" };
  }
  // Removed by hand while it was being carried over: what was carried so far is there.
  const carried = isNew || isFresh(view) ? undefined : await carriedForRun(world, node, container);
  const image = carried ?? (await containerImage(world, node, view, signal));
  return "because" in image ? { is: "hindered", ...image } : make(world, node, view, { image });
}

/** One that ran before: as it is, if it has what it was granted. */
async function asGranted(
  world: World,
  node: Node,
  view: ContainerView,
  found: EngineContainer,
  signal: AbortSignal,
): Promise<Made> {
  const { container } = view;
  const isFreshWished = isFresh(view) && !isOfRun(found, container);
  if (hasDevices(found, view) && !isFreshWished) {
    await dropNext(node, container);
    return rememberEngineId(view, found);
  }
  const taken = await takeItsPlace(world, node, view, found, signal);
  if (taken.is !== "there") return taken;
  const now = await node.engine.inspect(taken.id);
  if (!now) return { is: "moved" };
  if (isFresh(view)) await dropCarried(world, node, container, now.imageId);
  return rememberEngineId(view, now);
}

/** What the engine refuses here leaves the old one as it is. */
function takeItsPlace(
  world: World,
  node: Node,
  view: ContainerView,
  found: EngineContainer,
  signal: AbortSignal,
): Promise<Made> {
  const taken = takePlace(world, node, view, found, {
    fits: (next) => hasDevices(next, view),
    async make(name) {
      const image = await imageOfNext(world, node, view, found, signal);
      if (image.is !== "carried") return image;
      const since = isFresh(view) ? {} : madeSince(found);
      const made = await make(world, node, view, { image, name, since });
      return made.is === "there" ? { ...made, is: "made" } : made;
    },
  });
  return taken.catch((error: unknown): Hindrance => {
    if (!(error instanceof EngineRefused)) throw error;
    world.log.error({ containerId: view.container.id, err: error }, "the engine refused to make the next");
    const because =
      "The server refused to make it anew on another GPU; an admin sees the reason with /berth why.";
    return { is: "hindered", resume: "failed", because, evidence: { refusal: error.message } };
  });
}

async function imageOfNext(
  world: World,
  node: Node,
  view: ContainerView,
  old: EngineContainer,
  signal: AbortSignal,
): Promise<Carried> {
  if (!isFresh(view)) {
    const { layer_gib: layerGiB } = await limitsNow(world, view);
    return carry(world, node, view, old, { layerGiB, signal });
  }
  const image = await containerImage(world, node, view, signal);
  return "because" in image ? { is: "hindered", ...image } : { is: "carried", id: image.id };
}

async function make(
  world: World,
  node: Node,
  view: ContainerView,
  { image, name, since = {} }: { image: { id: string }; name?: string; since?: Record<string, string> },
): Promise<Made> {
  if (!(await noteStep(world, view, "create"))) return { is: "moved" };
  const { ssh_agent: agentForwarding } = await limitsNow(world, view);
  await node.engine.ensureNetwork();
  const spec = containerSpec({ world, view, image, agentForwarding });
  const labels = { ...spec.labels, ...since };
  const made = await node.engine.create({ ...spec, labels, name: name ?? spec.name });
  if (made.is === "name-taken") {
    const because = `Something else on the server is called ${name ?? spec.name}; an admin can remove it.`;
    return { is: "hindered", because };
  }
  if (made.is === "no-image") throw new EngineRefused(`the image ${image.id} was removed meanwhile`);
  return rememberEngineId(view, { id: made.id, imageId: image.id });
}

/** Written with the next commit that is due anyway; losing it costs one look-up by name. */
function rememberEngineId(
  view: ContainerView,
  { id, imageId }: Pick<EngineContainer, "id" | "imageId">,
): { is: "there"; id: string } {
  view.container.engineId = id;
  view.container.imageId = imageId;
  return { is: "there", id };
}

async function limitsNow(world: World, { member }: ContainerView): Promise<Limits> {
  const overrides = await world.ledger.read((tx) => openOverrides(tx, member.id));
  return limitsOf(world.policy, member, overrides, world.clock.now());
}

function isFresh({ container }: ContainerView): boolean {
  return container.resume === "fresh";
}

function hasDevices({ devices: found }: EngineContainer, { devices }: ContainerView): boolean {
  return found !== "all" && found.length === devices.length && devices.every(({ id }) => found.includes(id));
}
