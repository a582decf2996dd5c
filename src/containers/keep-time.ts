import type { ContainerView } from "../ledger/queries/container-views.ts";
import { containerById, updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { endLeases } from "../ledger/queries/leases.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { World } from "../world.ts";
import type { Moved } from "./moved.ts";

/** The time for which a stopped container keeps its GPU is over: its devices, seen empty when it stopped, are free. */
export async function endKeepTime(world: World, { container, member }: ContainerView): Promise<Moved> {
  return world.ledger.transaction<Moved>(async (tx) => {
    const now = world.clock.now();
    const row = await containerById(tx, container.id);
    if (row?.state !== "stopped" || row.gpuKeptUntil === null || row.gpuKeptUntil > now) return "done";
    const freed = await endLeases(tx, row.id, now);
    await updateContainer(tx, row.id, { gpuKeptUntil: null });
    await record(tx, {
      at: now,
      what: "keep-time-over",
      containerId: row.id,
      memberId: row.memberId,
      actor: "berth",
      because: "The time for which a stopped container keeps its GPU is over; others may have it.",
      evidence: {
        rule: "gpu_hold_after_stop_h",
        stoppedAt: row.stoppedAt,
        keptUntil: row.gpuKeptUntil,
        freed,
      },
    });
    await tell(tx, member.slackUserId, { kind: "card", containerId: row.id }, now);
    return "done";
  });
}
