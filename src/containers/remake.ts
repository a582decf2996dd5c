import type { EngineContainer } from "../engine/engine.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { containerById } from "../ledger/queries/containers.ts";
import type { Container } from "../ledger/schema.ts";
import type { Node, World } from "../world.ts";
import type { Hindrance } from "./carry.ts";
import { isSameStart } from "./moved.ts";

/** The engine's container that is to take the place of a container's present one is called so until it does. */
export function nextName({ name }: Pick<Container, "name">): string {
  return `${name}.next`;
}

export function isIts(found: EngineContainer | undefined, { id }: Pick<Container, "id">): boolean {
  return found?.labels["berth.container"] === String(id);
}

export function isOfRun({ labels }: EngineContainer, { run }: Pick<Container, "run">): boolean {
  return labels["berth.run"] === String(run);
}

/**
 * The engine's container of a row, under its own name. If a bot was killed between taking the old one away and giving the
 * next one its name, that is done here.
 */
export async function standing(node: Node, container: Container): Promise<EngineContainer | undefined> {
  const found = await node.engine.inspect(container.name);
  if (found) return found;
  const next = await node.engine.inspect(nextName(container));
  if (!next || !isIts(next, container)) return undefined;
  await node.engine.rename(next.id, container.name);
  return node.engine.inspect(container.name);
}

/** What was made to take its place and is not needed: while the present one is there, nothing is in it that would be missed. */
export async function dropNext(node: Node, container: Container): Promise<void> {
  const next = await node.engine.inspect(nextName(container));
  if (next && isIts(next, container)) await node.engine.remove(next.id);
}

/**
 * Another container takes the place of `old`, which does not run: made under a name of its own, and only when it is there
 * `old` goes, for good, and it gets the name. Each step is found done when repeated. `make` is asked if this run has made
 * none yet. The same port, host key, mounts and host name are the maker's business.
 */
export async function takePlace(
  world: World,
  node: Node,
  view: ContainerView,
  old: EngineContainer,
  {
    fits,
    make,
  }: {
    fits: (next: EngineContainer) => boolean;
    make: (name: string) => Promise<{ is: "made"; id: string } | { is: "moved" } | Hindrance>;
  },
): Promise<{ is: "there"; id: string } | { is: "moved" } | Hindrance> {
  const { container } = view;
  const name = nextName(container);
  const found = await node.engine.inspect(name);
  const isReady = found !== undefined && isIts(found, container) && isOfRun(found, container) && fits(found);
  if (found && !isReady && isIts(found, container)) await node.engine.remove(found.id);
  const made = isReady ? { is: "made" as const, id: found.id } : await make(name);
  if (made.is !== "made") return made;
  // The last moment in which nothing has changed: it may have taken minutes.
  if (!(await isStillWished(world, view))) return { is: "moved" };
  await node.engine.remove(old.id);
  const renamed = await node.engine.rename(made.id, container.name);
  return renamed === "renamed" ? { is: "there", id: made.id } : { is: "moved" };
}

async function isStillWished(world: World, { container }: ContainerView): Promise<boolean> {
  const row = await world.ledger.read((tx) => containerById(tx, container.id));
  return isSameStart(row, container) && row.wanted === "running";
}
