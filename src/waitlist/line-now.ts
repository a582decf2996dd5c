import { chooseDevices } from "../gpu/choose.ts";
import { isModel } from "../gpu/model.ts";
import type { Tx } from "../ledger/ledger.ts";
import { readHolders } from "../ledger/queries/holders.ts";
import { nodeById } from "../ledger/queries/nodes.ts";
import { sharesHeld } from "../ledger/queries/ranges.ts";
import type { Container, Device, Wish } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { foresee } from "./foresee.ts";
import { nextGrants } from "./next.ts";
import { needsMemoryOf } from "./promise.ts";
import { type Range, shareHeld } from "./range.ts";
import { readLine } from "./situation.ts";

/**
 * For everybody in the line but those who wait for an image, by container id: when it will be their turn, as it looks now.
 * Nothing is written: what was told is kept by the job that looks after the line (src/jobs/tell-ranges.ts).
 */
export async function rangesNow(tx: Tx, world: World): Promise<Map<number, Range>> {
  const [{ situation }, shares] = await Promise.all([readLine(tx, world, { holders: true }), sharesHeld(tx)]);
  if (situation.line.length === 0) return new Map();
  return foresee(situation, shareHeld(shares));
}

/**
 * Does at this moment someone in the line wait for what these devices would serve? Not who is at a limit of their own or
 * waits for an image, not who needs other devices or none, and not who lacks only memory. One of several GPUs that are
 * wished for counts: without it the others don't do.
 */
export async function waitersServedBy(tx: Tx, world: World, devices: readonly Device[]): Promise<boolean> {
  if (devices.length === 0) return false;
  const { situation } = await readLine(tx, world);
  const { waits } = nextGrants(situation);
  return waits.some(({ container, isPassedOver }) => {
    if (isPassedOver || (container.nodeId && !devices.some(({ nodeId }) => nodeId === container.nodeId)))
      return false;
    if (!devices.some((device) => couldUse(container.wish, device))) return false;
    const promised =
      situation.promised?.containerId === container.id ? [] : (situation.promised?.deviceIds ?? []);
    const free = situation.supply.free.filter(({ id }) => !promised.includes(id));
    return chooseDevices(container.wish, free, new Set(), situation.links) === undefined;
  });
}

/** Since nobody extends past a promise: until when this container's devices, or its memory, are counted on by one. */
export async function promisedOf(
  tx: Tx,
  world: World,
  { id: containerId }: Pick<Container, "id">,
  devices: readonly Pick<Device, "id">[],
): Promise<{ at: Date; what: "GPU" | "memory" } | undefined> {
  const { situation } = await readLine(tx, world);
  const { promised, now } = situation;
  if (!promised) return undefined;
  const { at, nodeId } = promised;
  if (promised.deviceIds.some((id) => devices.some((device) => device.id === id))) return { at, what: "GPU" };
  // Also while nothing is granted there, paused or not looked at yet by a bot that has just started: it will be again.
  const [node, holders] = [await nodeById(tx, nodeId), await readHolders(tx, now, nodeId)];
  const holder = holders.find((one) => one.containerId === containerId);
  return node && holder && needsMemoryOf(promised, holder, { node, holders, now })
    ? { at, what: "memory" }
    : undefined;
}

function couldUse(wish: Wish, device: Device): boolean {
  if (wish.kind === "cpu") return false;
  if (wish.exactly) return wish.exactly.includes(device.id);
  if (wish.kind === "gpu")
    return device.sliceIndex === null && (wish.model === undefined || isModel(device.model, wish.model));
  return chooseDevices(wish, [{ ...device, state: "ok" }], new Set(), new Map()) !== undefined;
}
