import { loginsToFetch } from "../images/build/registry-logins.ts";
import { findHouseImage } from "../images/catalogue.ts";
import { buildById } from "../ledger/queries/builds.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import type { Node, World } from "../world.ts";
import { noteStep } from "./moved.ts";

const pullLimitMinutes = 12;

export type OnEngine = { ref: string; id: string };

/** The image a container is made from when it is new. `because`: it is not to be had, in words for its member. */
export async function containerImage(
  world: World,
  node: Node,
  view: ContainerView,
  signal: AbortSignal,
): Promise<OnEngine | { because: string }> {
  const { buildId, image } = view.container;
  if (buildId === null) {
    const because = `The image “${image}” is not on the server and can't be fetched.`;
    return (await houseImage(world, node, view, signal)) ?? { because };
  }
  const because = `The image “${image}” is not on the server any more. What it is made of is kept: build it again, then deploy.`;
  return (await builtImage(world, node, buildId)) ?? { because };
}

/** By the engine's id that its build had: a name may have moved. */
async function builtImage(world: World, node: Node, buildId: number): Promise<OnEngine | undefined> {
  const build = await world.ledger.read((tx) => buildById(tx, buildId));
  if (!build?.engineImageId) return undefined;
  const there = await node.engine.image(build.engineImageId);
  return there && { ref: build.engineImageId, ...there };
}

async function houseImage(
  world: World,
  node: Node,
  view: ContainerView,
  signal: AbortSignal,
): Promise<OnEngine | undefined> {
  const house = findHouseImage(world.catalogue, view.container.image);
  if (house.is !== "found") return undefined;
  const ref = house.row.image;
  const there = await node.engine.image(ref);
  if (there) return { ref, ...there };
  await noteStep(world, view, "image");
  const limit = new AbortController();
  void world.clock.sleep(pullLimitMinutes * 60_000, limit.signal).then(() => limit.abort());
  const shown = (percent: number) => world.log.debug({ ref, percent }, "fetching an image");
  const stop = AbortSignal.any([signal, limit.signal]);
  const logins = await loginsToFetch(world, ref);
  await node.engine.pull(ref, shown, stop, logins).finally(() => limit.abort());
  const pulled = await node.engine.image(ref);
  return pulled && { ref, ...pulled };
}
