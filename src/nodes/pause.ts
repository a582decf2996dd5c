import { tellAdmins, tellAdminsSolved } from "../containers/tell-admins.ts";
import { endPause, insertPause, type OpenPause, openPause } from "../ledger/queries/drains.ts";
import { record } from "../ledger/queries/events.ts";
import type { Acting } from "../members/acting.ts";
import { adminsReason } from "../members/reason.ts";
import type { World } from "../world.ts";
import { tellWhoWaits } from "./tell-who-waits.ts";

/** `already`: nothing changed; `pause.by` was first. */
export type Paused = { outcome: "begun" | "already"; pause: OpenPause };

/** From the commit on nothing is granted anywhere. What runs goes on; people may ask, and wait. */
export async function pause(world: World, request: { by: Acting; reason: string }): Promise<Paused> {
  const reason = adminsReason(request.reason);
  const { by } = request;
  return world.ledger.write(async (tx) => {
    const open = await openPause(tx);
    if (open) return { outcome: "already", pause: open };
    const now = world.clock.now();
    const row = await insertPause(tx, { reason, setBy: by.actor, setAt: now });
    const because = `${by.name} paused Berth: ${reason}.`;
    await record(tx, { at: now, what: "pause-begun", actor: by.actor, because, evidence: { reason } });
    await tellAdmins(
      world,
      tx,
      `${because} Nothing is granted until /berth pause off.`,
      problemKey(row),
      now,
    );
    await tellWhoWaits(tx, because, now, null);
    return { outcome: "begun", pause: { ...row, by: by.name } };
  });
}

/** Whoever waits is served again, within the slow tick if a shell says so. Undefined: there was no pause. */
export async function pauseOff(world: World, { by }: { by: Acting }): Promise<OpenPause | undefined> {
  return world.ledger.write(async (tx) => {
    const open = await openPause(tx);
    if (!open) return undefined;
    const now = world.clock.now();
    await endPause(tx, open.id, now);
    const because = `${by.name} ended the pause.`;
    const { setAt, reason, setBy } = open;
    await record(tx, {
      at: now,
      what: "pause-ended",
      actor: by.actor,
      because,
      evidence: { begunAt: setAt, reason, begunBy: setBy },
    });
    await tellAdminsSolved(world, tx, because, problemKey(open), now);
    return open;
  });
}

function problemKey({ id }: { id: number }): string {
  return `pause ${id}`;
}
