import { projectOf } from "../container-name.ts";
import type { Offer } from "../errors.ts";
import { newestOf, record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { counted, when } from "../sentence.ts";
import type { World } from "../world.ts";
import type { Idleness } from "./idleness.ts";
import { type PartUsed, partUsed } from "./part-used.ts";

/**
 * Once in each run of a container of which only some devices are used, its owner hears of it: nothing is taken, but with one
 * it could go on as well. Nobody hears of anything where idleness is only observed.
 */
export async function tellPartUsed(world: World, one: Idleness): Promise<void> {
  const { container, member, minutes, idleTimeoutHours } = one;
  const now = world.clock.now();
  const startedAt = container.runningAt ?? container.stateSince;
  const seen = partUsed(minutes, { now, startedAt, idleTimeoutHours });
  if (!seen || world.policy.idle_mode !== "stop" || container.wish.kind !== "gpu") return;
  const { id: containerId, run, memberId, nodeId } = container;
  await world.ledger.transaction(async (tx) => {
    if ((await newestOf(tx, containerId, "part-used"))?.evidence.run === run) return;
    const because = partInWords(seen);
    const evidence = { rule: "several devices are judged together", run, idleTimeoutHours, ...seen };
    await record(tx, {
      ...{ at: now, what: "part-used", containerId, memberId, nodeId, actor: "berth", because, evidence },
    });
    const worksWithOne = seen.devices - seen.rested.length === 1;
    const offers: Offer[] = [
      ...(worksWithOne ? [{ kind: "resume-with-one" as const, containerId }] : []),
      { kind: "why", containerId },
    ];
    const text = `“${projectOf(container.name)}”: ${because}`;
    const detail = worksWithOne
      ? "Nothing is taken from you. If it needs but one, it can be stopped and resumed with 1, with all that is in it, and what it does not use is others' to use."
      : "Nothing is taken from you. If it needs no more, deploy it with fewer next time: what it does not use is others' to use.";
    await tell(tx, member.slackUserId, { kind: "note", containerId, text, detail, offers }, now);
  });
}

function partInWords({ rested, devices, since }: PartUsed): string {
  return `Only ${counted(devices - rested.length, "GPU")} of its ${devices} did anything since ${when(since)}.`;
}
