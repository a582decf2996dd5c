import { installedCommand, parseInstalled } from "../access/installed.ts";
import { installedByHand } from "../images/installed.ts";
import type { ImageContents } from "../ledger/image-tables.ts";
import { buildById } from "../ledger/queries/builds.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { updateContainer } from "../ledger/queries/containers.ts";
import { newestRecipe } from "../ledger/queries/images.ts";
import type { Container } from "../ledger/schema.ts";
import type { Node, World } from "../world.ts";
import { sinceWhen } from "./since.ts";

/** Lines for a recipe: requirements, and names of the distribution's packages. */
export type Installed = { pip: string[]; apt: string[] };

const limitMs = 5_000;

/**
 * What its member installed by hand in a container that runs. Best effort, 5 s at most, never throws: `undefined` is "not
 * known", and nothing may depend on it. What a container says of itself is whatever its member wants it to say.
 */
export async function readInstalled(
  world: World,
  node: Node,
  container: Pick<Container, "id" | "buildId">,
  engineId: string,
): Promise<Installed | undefined> {
  const patience = new AbortController();
  const late = world.clock.sleep(limitMs, patience.signal).then(() => undefined);
  const read = lookInside(world, node, container, engineId).catch((err: unknown) => {
    world.log.info({ containerId: container.id, err }, "what was installed by hand is not known");
    return undefined;
  });
  return Promise.race([read, late]).finally(() => patience.abort());
}

/**
 * The same for whoever asks before it is retired, and kept in its row. Of one that does not run it is what was seen when it
 * was last stopped.
 */
export async function installedNow(
  world: World,
  { container }: Pick<ContainerView, "container">,
): Promise<Installed | undefined> {
  const node = container.nodeId === null ? undefined : world.nodes.get(container.nodeId);
  if (container.state !== "running" || container.engineId === null || !node)
    return container.installed ?? undefined;
  const installed = await readInstalled(world, node, container, container.engineId);
  if (installed) await keepInstalled(world, container.id, installed);
  return installed;
}

export async function keepInstalled(
  world: World,
  containerId: number,
  installed: Installed | null,
): Promise<void> {
  await world.ledger.transaction((tx) => updateContainer(tx, containerId, { installed }));
}

async function lookInside(
  world: World,
  node: Node,
  container: Pick<Container, "id" | "buildId">,
  engineId: string,
): Promise<Installed | undefined> {
  const found = await node.engine.inspect(engineId);
  if (found?.state !== "running") return undefined;
  const said = await node.engine.exec(engineId, installedCommand(sinceWhen(found)), limitMs / 1000);
  if (said === "gone" || said.exitCode !== 0) return undefined;
  const { buildId } = container;
  const installed = parseInstalled(said.output);
  if (buildId === null) return notInImage(installed);
  const { build, recipe } = await world.ledger.read(async (tx) => {
    const build = await buildById(tx, buildId);
    return { build, recipe: build && (await newestRecipe(tx, build.imageId))?.recipe };
  });
  const { pip, apt } = notInImage(installed, build?.contents ?? undefined);
  // What was added to the image meanwhile is on its way.
  return {
    pip: pip.filter((line) => !recipe?.pip.includes(line)),
    apt: apt.filter((line) => !recipe?.apt.includes(line)),
  };
}

/** Of a house image it is not known what it holds: there, whatever came after the container was made counts. */
function notInImage(found: Installed, image: ImageContents = nothing): Installed {
  const { pip, apt } = installedByHand(image, { pipFreeze: found.pip, aptManual: found.apt });
  return { pip, apt };
}

const nothing: ImageContents = { python: null, os: null, cuda: null, pip: [], apt: [], aptManual: [] };
