import { EngineRefused } from "../errors.ts";
import { loginsToFetch } from "../images/build/registry-logins.ts";
import { findHouseImage } from "../images/catalogue.ts";
import { buildById } from "../ledger/queries/builds.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import { limitsOf } from "../policy/policy.ts";
import type { Node, World } from "../world.ts";
import { noteStep } from "./moved.ts";
import { containerSpec } from "./spec.ts";
import { neverRan } from "./wish.ts";

const pullLimitMinutes = 12;

type OnEngine = { ref: string; id: string };
type Made = { is: "there"; id: string } | { is: "moved" } | { is: "hindered"; because: string };

/** The engine's container of this row: found by its labels, made if it is not there. `moved`: look again, for row or engine are changing. */
export async function engineContainer(
  world: World,
  node: Node,
  view: ContainerView,
  signal: AbortSignal,
): Promise<Made> {
  const { container } = view;
  const devices = view.devices.map((device) => device.id);
  const found = await node.engine.inspect(container.name);
  if (found && found.labels["berth.container"] === String(container.id)) {
    if (sameDevices(found.devices, devices)) return rememberEngineId(view, found.id, found.imageId);
    if (!neverRan(container)) {
      throw new EngineRefused("it was made with another GPU than the one it was given now");
    }
    await node.engine.remove(found.id);
  } else if (found && found.labels["berth.instance"] === world.settings.instance) {
    // What is left of an earlier one of this project, which the comparison with the engine takes away.
    return { is: "moved" };
  }
  const image =
    container.buildId === null
      ? await houseImage(world, node, view, signal)
      : await builtImage(world, node, container.buildId);
  if (!image) {
    const because =
      container.buildId === null
        ? `The image “${container.image}” is not on the server and can't be fetched.`
        : `The image “${container.image}” is not on the server any more. What it is made of is kept: build it again, then deploy.`;
    return { is: "hindered", because };
  }
  if (!(await noteStep(world, view, "create"))) return { is: "moved" };
  const overrides = await world.ledger.read((tx) => openOverrides(tx, view.member.id));
  const limits = limitsOf(world.policy, view.member, overrides, world.clock.now());
  await node.engine.ensureNetwork();
  const made = await node.engine.create(
    containerSpec({ world, view, image, agentForwarding: limits.ssh_agent }),
  );
  if (made.is === "name-taken") {
    const because = `Something else on the server is called ${container.name}; an admin can remove it.`;
    return { is: "hindered", because };
  }
  if (made.is === "no-image") throw new EngineRefused(`the image ${image.ref} was removed meanwhile`);
  return rememberEngineId(view, made.id, image.id);
}

/** Written with the next commit that is due anyway; losing it costs one look-up by name. */
function rememberEngineId(view: ContainerView, engineId: string, imageId: string): Made {
  view.container.engineId = engineId;
  view.container.imageId = imageId;
  return { is: "there", id: engineId };
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

function sameDevices(found: string[] | "all", wanted: readonly string[]): boolean {
  return found !== "all" && found.length === wanted.length && wanted.every((id) => found.includes(id));
}
