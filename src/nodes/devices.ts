import type { EngineContainer } from "../engine/engine.ts";
import { inventory, type Moved, processesOn } from "../gpu/inventory.ts";
import type { GpuReading } from "../host/host.ts";
import type { Tx } from "../ledger/ledger.ts";
import { record } from "../ledger/queries/events.ts";
import { heldDevices } from "../ledger/queries/leases.ts";
import { devicesOfNode, setDeviceState, upsertDevices } from "../ledger/queries/nodes.ts";
import type { Device } from "../ledger/schema.ts";
import type { Node, World } from "../world.ts";

/**
 * Writes down what one good reading of the GPUs and one list of the engine say of a node's devices, each change of state
 * with its event. Returns the changes, so that holders and admins can be told in the same transaction.
 */
export async function writeDevices(
  tx: Tx,
  world: World,
  node: Node,
  reading: GpuReading,
  containers: readonly EngineContainer[],
): Promise<Moved[]> {
  const now = world.clock.now();
  const known = await devicesOfNode(tx, node.id);
  const ours = containers.filter((one) => one.labels["berth.instance"] === world.settings.instance);
  const { rows, moved } = inventory(reading, {
    nodeId: node.id,
    now,
    devices: known,
    held: await heldDevices(tx, node.id),
    ours: new Set(ours.map((one) => one.id)),
    foreign: devicesOfOthers(world, containers, reading),
  });
  await upsertDevices(tx, rows);
  const ended = known.filter(
    (device) => device.state === "quarantined" && seenEmpty(device, reading, containers),
  );
  await setDeviceState(
    tx,
    ended.map((device) => device.id),
    "ok",
    now,
    null,
  );
  const lifted = ended.map((device) => ({
    device: { ...device, state: "ok" as const },
    from: "quarantined" as const,
    because: "It was seen empty, so it can be given again.",
    evidence: { readAt: reading.at },
  }));
  const all = [...moved, ...lifted];
  await record(
    tx,
    all.map(({ device, from, because, evidence }) => ({
      at: now,
      what: from === undefined ? "device-seen" : `device-${device.state}`,
      deviceId: device.id,
      nodeId: node.id,
      actor: "berth",
      because,
      evidence: { from: from ?? null, ...evidence },
    })),
  );
  return all;
}

function devicesOfOthers(
  world: World,
  containers: readonly EngineContainer[],
  reading: GpuReading,
): Map<string, string> {
  const everything = reading.gpus.flatMap((gpu) => [gpu.uuid, ...gpu.slices.map((slice) => slice.uuid)]);
  const running = containers.filter(
    (one) => one.labels["berth.instance"] !== world.settings.instance && one.state === "running",
  );
  return new Map(
    running.flatMap((one) =>
      (one.devices === "all" ? everything : one.devices).map((id) => [id, one.name] as const),
    ),
  );
}

/** The word of both: nothing computes there, and no running container was given it. */
function seenEmpty(device: Device, reading: GpuReading, containers: readonly EngineContainer[]): boolean {
  if (!reading.gpus.some((gpu) => gpu.uuid === device.gpuUuid)) return false;
  const given = containers.some(
    (one) => one.state === "running" && (one.devices === "all" || one.devices.includes(device.id)),
  );
  return !given && processesOn(device, reading).length === 0;
}
