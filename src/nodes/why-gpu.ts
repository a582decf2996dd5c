import { Refusal } from "../errors.ts";
import { type DeviceShown, gpuOverviewIn } from "../gpu/overview.ts";
import type { Event } from "../ledger/event-table.ts";
import type { IdleMark } from "../ledger/idle-tables.ts";
import { newestDeviceChanges, newestGrants } from "../ledger/queries/events.ts";
import { openMarks } from "../ledger/queries/idle.ts";
import { allNodes } from "../ledger/queries/nodes.ts";
import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { readTarget } from "./admin-words.ts";
import { findTarget } from "./which.ts";

/** Why a device is as it is. */
export type DeviceWhy = {
  shown: DeviceShown;
  /** How its holder came to it. */
  granted: Event | undefined;
  /** How it came to be lost, quarantined or in use outside Berth; undefined: it is well. */
  changed: Event | undefined;
  /** It is free on demand. */
  mark: IdleMark | undefined;
  /** Whoever asks may see the figures: it is theirs, or they are an admin. */
  seesFigures: boolean;
};

/**
 * Of one GPU and its slices (`gpu 3`, `gpu1 gpu 3`), or of every device that is not simply free where nothing is named. Who
 * is idle since when is for the holder and admins; others learn that it is free on demand.
 */
export async function whyGpus(
  world: World,
  { by, isAdmin, words }: { by: Member; isAdmin: boolean; words?: readonly string[] },
): Promise<DeviceWhy[]> {
  return world.ledger.read(async (tx) => {
    const overview = await gpuOverviewIn(tx, world);
    const gpuUuid = words && (await gpuNamed(words));
    const meant = overview.devices.filter((shown) =>
      gpuUuid === undefined
        ? shown.holder || shown.device.state !== "ok" || shown.drain
        : shown.device.gpuUuid === gpuUuid,
    );
    const holders = meant.flatMap(({ holder }) => (holder ? [holder.containerId] : []));
    const unwell = meant.flatMap(({ device }) => (device.state === "ok" ? [] : [device.id]));
    const [granted, changed, marks] = await Promise.all([
      newestGrants(tx, holders),
      newestDeviceChanges(tx, unwell),
      openMarks(tx, holders),
    ]);
    return meant.map((shown) => {
      const { device, holder } = shown;
      return {
        shown,
        granted: holder && granted.get(holder.containerId),
        changed: changed.get(device.id),
        mark: holder?.isFreeOnDemand ? marks.get(holder.containerId) : undefined,
        seesFigures: isAdmin || holder?.memberId === by.id,
      };
    });

    async function gpuNamed(typed: readonly string[]): Promise<string> {
      const nodes = (await allNodes(tx)).map(({ id }) => id);
      const { target, rest } = readTarget(typed, nodes);
      const { gpuUuid } = await findTarget(tx, target);
      if (gpuUuid === null || rest.length > 0)
        throw new Refusal("which-gpu", "Which GPU?", { hint: "It goes like this: /berth why gpu 3" });
      return gpuUuid;
    }
  });
}
