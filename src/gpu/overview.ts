import { containerViews, waitingInLine } from "../ledger/queries/containers.ts";
import { openLeases } from "../ledger/queries/leases.ts";
import { allDevices, allNodes } from "../ledger/queries/nodes.ts";
import type { Container, Device, NodeRow } from "../ledger/schema.ts";
import type { World } from "../world.ts";

export type DeviceShown = {
  device: Device;
  /** Who holds it; undefined: nobody. */
  holder?: {
    handle: string;
    project: string;
    since: Date;
    until: Date | null;
    state: Container["state"];
    keptUntil: Date | null;
  };
  /** From the last reading; undefined where it was not told (utilisation of a slice never is). */
  memoryUsedMiB?: number;
  utilisationPercent?: number;
};

export type GpuOverview = {
  nodes: NodeRow[];
  devices: DeviceShown[];
  line: {
    place: number;
    containerId: number;
    handle: string;
    project: string;
    wish: Container["wish"];
    hours: number;
    waitsFor: string | null;
    askedAt: Date;
  }[];
  /** When the GPUs were last read; undefined: not yet since the start. */
  readAt?: Date;
};

/** Every device, who has it, and the line: from the ledger and the last reading, never from nvidia-smi itself. */
export async function gpuOverview(world: World): Promise<GpuOverview> {
  return world.ledger.read(async (tx) => {
    const [known, held, waiting, nodes] = await Promise.all([
      allDevices(tx),
      openLeases(tx),
      waitingInLine(tx),
      allNodes(tx),
    ]);
    const devices = known.filter((device) => device.state !== "gone");
    const views = await containerViews(tx, [
      ...held.map((row) => row.container.id),
      ...waiting.map((row) => row.id),
    ]);
    const projects = new Map(views.map((view) => [view.container.id, view.project.name]));
    const readings = [...world.nodes.values()].flatMap((node) => node.latest.gpus ?? []);
    return {
      nodes,
      devices: devices.map((device) => {
        const lease = held.find((row) => row.lease.deviceId === device.id);
        return {
          device,
          ...lastReading(world, device),
          ...(lease
            ? {
                holder: {
                  handle: lease.member.handle ?? lease.member.name,
                  project: projects.get(lease.container.id) ?? "",
                  since: lease.lease.grantedAt,
                  until: lease.container.endsAt,
                  state: lease.container.state,
                  keptUntil: lease.container.gpuKeptUntil,
                },
              }
            : {}),
        };
      }),
      line: waiting.map((container, index) => ({
        place: index + 1,
        containerId: container.id,
        handle: views.find((view) => view.container.id === container.id)?.member.handle ?? "",
        project: projects.get(container.id) ?? "",
        wish: container.wish,
        hours: container.hours,
        waitsFor: container.waitsFor,
        askedAt: container.askedAt,
      })),
      ...(readings[0] ? { readAt: readings[0].at } : {}),
    };
  });
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
