import { Refusal } from "../errors.ts";
import type { Exemption } from "../ledger/limit-tables.ts";
import { containerById } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { endExemptionRow, exemptionById, insertExemption } from "../ledger/queries/exemptions.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { checkReason, checkUntil } from "../policy/limit-value.ts";
import { untilInWords } from "../policy/limit-words.ts";
import type { World } from "../world.ts";
import { type Admin, actorOf, nameOf, refuseNonAdmin } from "./admins.ts";
import { memberToChange } from "./overrides.ts";
import { sparedInWords } from "./spared.ts";

export type SetExemption = {
  by: Admin;
  memberId: number;
  /** Null: every container of theirs. */
  containerId: number | null;
  spares: Exemption["spares"];
  until: Date;
  reason: string;
};

/**
 * Until then that end does not come for the member, or for one container of theirs. The member is told once. Throws a Refusal,
 * with fields `until`, `reason`, `container`.
 */
export async function setExemption(world: World, request: SetExemption): Promise<Exemption> {
  const { by, containerId, spares } = request;
  return world.ledger.write(async (tx) => {
    await refuseNonAdmin(tx, world, by);
    const member = await memberToChange(tx, request.memberId);
    const now = world.clock.now();
    const until = checkUntil(request.until, now) as Date;
    const reason = checkReason(request.reason);
    const container = containerId === null ? undefined : await containerById(tx, containerId);
    if (containerId !== null && container?.memberId !== member.id)
      throw new Refusal("no-container", `${member.handle} has no such container.`, { field: "container" });
    const written = await insertExemption(tx, {
      memberId: member.id,
      containerId,
      spares,
      until,
      reason,
      setBy: actorOf(by),
      setAt: now,
    });
    const what = sparedInWords(spares, container?.name);
    await record(tx, {
      at: now,
      what: "exemption-set",
      memberId: member.id,
      containerId,
      actor: actorOf(by),
      because: `${nameOf(by)} exempted ${member.handle}: ${what}, ${untilInWords(until)}. Reason: ${reason}`,
      evidence: { exemption: written.id, spares, until, reason },
    });
    const text = `${nameOf(by)} made an exception for you: ${what}, ${untilInWords(until)}. Reason: ${reason}`;
    await tell(tx, member.slackUserId, { kind: "note", text }, now);
    return written;
  });
}

/** Takes it back: from now on ends come as for everybody, each with its notices. Throws a Refusal where it is over already. */
export async function endExemption(
  world: World,
  { by, exemptionId }: { by: Admin; exemptionId: number },
): Promise<Exemption> {
  return world.ledger.write(async (tx) => {
    await refuseNonAdmin(tx, world, by);
    const now = world.clock.now();
    const ended = await endExemptionRow(tx, exemptionId, now);
    if (!ended) {
      const gone = await exemptionById(tx, exemptionId);
      throw new Refusal(
        "ended-already",
        gone ? "That was taken back a moment ago." : "There is no such exemption.",
      );
    }
    const member = await memberToChange(tx, ended.memberId);
    const container = ended.containerId === null ? undefined : await containerById(tx, ended.containerId);
    const what = sparedInWords(ended.spares, container?.name);
    await record(tx, {
      at: now,
      what: "exemption-ended",
      memberId: member.id,
      containerId: ended.containerId,
      actor: actorOf(by),
      because: `${nameOf(by)} took back an exemption of ${member.handle}: ${what}.`,
      evidence: { exemption: ended.id, spares: ended.spares, until: ended.until },
    });
    const text = `${nameOf(by)} ended an exception that was made for you: ${what}. You will be told before anything ends.`;
    if (ended.until > now) await tell(tx, member.slackUserId, { kind: "note", text }, now);
    return ended;
  });
}
