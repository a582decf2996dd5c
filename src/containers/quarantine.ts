import type { Tx } from "../ledger/ledger.ts";
import { record } from "../ledger/queries/events.ts";
import { setDeviceState } from "../ledger/queries/nodes.ts";
import type { Device } from "../ledger/schema.ts";
import { deviceInWords } from "../waitlist/wish.ts";
import type { World } from "../world.ts";
import { tellAdmins, tellAdminsSolved } from "./tell-admins.ts";

/** Nobody is given these devices before they are seen empty; the admins are told once. */
export async function quarantine(
  tx: Tx,
  world: World,
  devices: readonly Device[],
  why: { reason: string; containerId: number | null; evidence: Record<string, unknown> },
): Promise<void> {
  const now = world.clock.now();
  for (const device of devices) {
    if (device.state === "quarantined") continue;
    await setDeviceState(tx, [device.id], "quarantined", now, why.reason);
    await record(tx, {
      at: now,
      what: "device-quarantined",
      deviceId: device.id,
      containerId: why.containerId,
      nodeId: device.nodeId,
      actor: "berth",
      because: why.reason,
      evidence: why.evidence,
    });
    const text = `${deviceInWords(device)} of ${device.nodeId} is quarantined: ${why.reason}`;
    const detail =
      "Nobody is given it until it is empty. Ending what computes there on the server frees it by itself.";
    await tellAdmins(world, tx, text, keyOf(device), now, detail);
  }
}

/** It was seen empty. */
export async function quarantineOver(tx: Tx, world: World, device: Device): Promise<void> {
  const text = `${deviceInWords(device)} of ${device.nodeId} was seen empty and can be given again.`;
  await tellAdminsSolved(world, tx, text, keyOf(device), world.clock.now());
}

function keyOf(device: Device): string {
  return `quarantined ${device.id}`;
}
