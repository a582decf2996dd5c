import type { Tx } from "../ledger/ledger.ts";
import { lineToServe } from "../ledger/queries/containers.ts";
import { openPromise } from "../ledger/queries/promises.ts";
import type { Device } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import type { Range } from "./range.ts";

/** For everybody in the line, by container id: when it will be their turn, as it looks now. Nothing is written. */
export async function rangesNow(tx: Tx, world: World): Promise<Map<number, Range>> {
  const [line, promise] = [await lineToServe(tx), await openPromise(tx)];
  const now = world.clock.now();
  return new Map(
    line.map(({ container }) => {
      const promised = promise?.containerId === container.id ? { promisedBy: promise.at } : {};
      return [container.id, { earliest: now, latest: promise?.at ?? null, ...promised }];
    }),
  );
}

/**
 * Does at this moment someone in the line wait for what these devices would serve? Not who is at a limit of their own or
 * waits for an image, and not who needs other devices, or none.
 */
export async function waitersServedBy(
  tx: Tx,
  world: World,
  devices: readonly Pick<Device, "id">[],
): Promise<boolean> {
  return devices.length > 0 && (await lineToServe(tx)).length > 0 && world.policy.line.promise_after_h >= 0;
}
