import type { Tx } from "../ledger/ledger.ts";
import { record } from "../ledger/queries/events.ts";
import { setDeviceState } from "../ledger/queries/nodes.ts";
import type { Device } from "../ledger/schema.ts";
import type { World } from "../world.ts";

/** Nobody is given these devices before they are seen empty; src/health tells the admins. */
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
  }
}
