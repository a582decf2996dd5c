import { installedCommand, parseInstalled } from "../access/installed.ts";
import { installedByHand } from "../images/installed.ts";
import type { ImageContents } from "../ledger/image-tables.ts";
import { buildById } from "../ledger/queries/builds.ts";
import type { Container } from "../ledger/schema.ts";
import type { Node, World } from "../world.ts";

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

async function lookInside(
  world: World,
  node: Node,
  container: Pick<Container, "id" | "buildId">,
  engineId: string,
): Promise<Installed | undefined> {
  const found = await node.engine.inspect(engineId);
  if (found?.state !== "running") return undefined;
  const said = await node.engine.exec(engineId, installedCommand(found.createdAt), limitMs / 1000);
  if (said === "gone" || said.exitCode !== 0) return undefined;
  const { buildId } = container;
  const build = buildId === null ? undefined : await world.ledger.read((tx) => buildById(tx, buildId));
  return notInImage(parseInstalled(said.output), build?.contents ?? undefined);
}

/** Of a house image it is not known what it holds: there, whatever came after the container was made counts. */
function notInImage(found: Installed, image: ImageContents = nothing): Installed {
  const { pip, apt } = installedByHand(image, { pipFreeze: found.pip, aptManual: found.apt });
  return { pip, apt };
}

const nothing: ImageContents = { python: null, os: null, cuda: null, pip: [], apt: [], aptManual: [] };
