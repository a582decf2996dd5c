import type { Tx } from "../ledger/ledger.ts";
import { type OpenDrain, type OpenPause, openDrains, openPause } from "../ledger/queries/drains.ts";
import { holdersShown } from "../ledger/queries/leases.ts";
import { allDevices, allNodes, memoryGiven } from "../ledger/queries/nodes.ts";
import type { Container, Device, NodeRow } from "../ledger/schema.ts";
import type { World } from "../world.ts";

export type DeviceShown = {
  device: Device;
  /** Who holds it; undefined: nobody. */
  holder?: {
    containerId: number;
    memberId: number;
    handle: string;
    project: string;
    since: Date;
    until: Date | null;
    state: Container["state"];
    keptUntil: Date | null;
    /** It is not used, and goes to whoever waits for it. */
    isFreeOnDemand: boolean;
  };
  /** From the last reading; undefined where it was not told (utilisation of a slice never is). */
  memoryUsedMiB?: number;
  utilisationPercent?: number;
  /** An admin lets nobody new have it. */
  drain?: OpenDrain;
};

export type GpuOverview = {
  nodes: NodeRow[];
  /** What admins keep from being granted. */
  drains: OpenDrain[];
  pause?: OpenPause;
  devices: DeviceShown[];
  /** What is left to give of each machine's memory, and of its disk; undefined: not read yet since the start. */
  left: readonly { nodeId: string; memoryGiB: number; diskBytes: number | undefined }[];
  /** When the GPUs were last read; undefined: not yet since the start. */
  readAt?: Date;
};

/** Every device and who has it: from the ledger and the last reading, never from nvidia-smi itself. */
export async function gpuOverview(world: World): Promise<GpuOverview> {
  return world.ledger.read((tx) => gpuOverviewIn(tx, world));
}

/** The same in a view of the ledger that shows more. One round trip. */
export async function gpuOverviewIn(tx: Tx, world: World): Promise<GpuOverview> {
  const [known, held, nodes, drains, pause, memory] = await Promise.all([
    allDevices(tx),
    holdersShown(tx),
    allNodes(tx),
    openDrains(tx),
    openPause(tx),
    memoryGiven(tx),
  ]);
  const mayBeStopped = world.policy.idle_mode === "stop";
  const holders = new Map(
    held.map(({ deviceId, isMarkedIdle, ...holder }) => [
      deviceId,
      { ...holder, isFreeOnDemand: mayBeStopped && isMarkedIdle && holder.state === "running" },
    ]),
  );
  const readings = [...world.nodes.values()].flatMap((node) => node.latest.gpus ?? []);
  return {
    nodes,
    drains,
    ...(pause ? { pause } : {}),
    devices: known
      .filter((device) => device.state !== "gone")
      .map((device) => {
        const holder = holders.get(device.id);
        const drain = drainOf(device, drains);
        return {
          device,
          ...lastReading(world, device),
          ...(holder ? { holder } : {}),
          ...(drain ? { drain } : {}),
        };
      }),
    left: nodes.map(({ id, memoryMiB }) => ({
      nodeId: id,
      memoryGiB: Math.max(0, memoryMiB / 1024 - (memory.get(id) ?? 0)),
      diskBytes: world.nodes.get(id)?.latest.machine?.diskFreeBytes,
    })),
    ...(readings[0] ? { readAt: readings[0].at } : {}),
  };
}

/** Its GPU's own comes first: it says more. */
function drainOf({ nodeId, gpuUuid }: Device, drains: readonly OpenDrain[]): OpenDrain | undefined {
  const here = drains.filter((drain) => drain.nodeId === nodeId);
  return here.find((drain) => drain.gpuUuid === gpuUuid) ?? here.find((drain) => drain.gpuUuid === null);
}

function lastReading(
  world: World,
  device: Device,
): Pick<DeviceShown, "memoryUsedMiB" | "utilisationPercent"> {
  const gpu = world.nodes.get(device.nodeId)?.latest.gpus?.gpus.find((one) => one.uuid === device.gpuUuid);
  if (!gpu) return {};
  if (device.sliceIndex === null) {
    const use = gpu.utilisationPercent === undefined ? {} : { utilisationPercent: gpu.utilisationPercent };
    return { memoryUsedMiB: gpu.memoryUsedMiB, ...use };
  }
  const slice = gpu.slices.find((one) => one.uuid === device.id);
  return slice ? { memoryUsedMiB: slice.memoryUsedMiB } : {};
}
