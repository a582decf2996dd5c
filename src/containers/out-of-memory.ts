import { containerViews } from "../ledger/queries/container-views.ts";
import { livingOfNode } from "../ledger/queries/containers.ts";
import { newestOf, record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Node, World } from "../world.ts";

/** Who runs into the limit again and again knows it after the first time. */
const againAfterMs = 60 * 60_000;

/**
 * The kernel ended a process in a container that had all the memory it may have. The container goes on and nothing is done about it: its
 * owner is told, at most once an hour. `engineId`: as the engine calls it; one that is not ours, or does not run any more, is left alone.
 */
export async function outOfMemory(world: World, node: Node, engineId: string): Promise<void> {
  await world.ledger.transaction(async (tx) => {
    const row = (await livingOfNode(tx, node.id)).find((one) => one.engineId === engineId);
    if (row?.state !== "running") return;
    const now = world.clock.now();
    const last = await newestOf(tx, row.id, "out-of-memory");
    if (last && now.getTime() - last.at.getTime() < againAfterMs) return;
    const [view] = await containerViews(tx, [row.id]);
    if (!view) return;
    const memoryGiB = row.limits?.memoryGiB;
    const limit = memoryGiB === undefined ? "its memory limit" : `its limit of ${memoryGiB} GB of memory`;
    const because = `A process in “${view.project.name}” was ended: ${limit} was reached.`;
    await record(tx, {
      at: now,
      what: "out-of-memory",
      containerId: row.id,
      memberId: row.memberId,
      nodeId: node.id,
      actor: "berth",
      because,
      evidence: { rule: "the kernel ends a process rather than give more", memoryGiB: memoryGiB ?? null },
    });
    const text = `${because} The container and everything else in it go on. /limits shows what you may have, and asks for more.`;
    const offers = [{ kind: "why" as const, containerId: row.id }];
    await tell(tx, view.member.slackUserId, { kind: "note", text, containerId: row.id, offers }, now);
  });
}
