import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { Override } from "../ledger/limit-tables.ts";
import { record } from "../ledger/queries/events.ts";
import { isActive, memberById } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { endOverrideRow, insertOverride, openOverrides, overrideById } from "../ledger/queries/overrides.ts";
import type { ActiveMember, Member } from "../ledger/schema.ts";
import {
  checkReason,
  checkUntil,
  judgeLimitValue,
  type LimitValue,
  limitNamed,
  limitValue,
} from "../policy/limit-value.ts";
import { limitInWords, untilInWords, valueInWords } from "../policy/limit-words.ts";
import { type Limits, limitsOf } from "../policy/policy.ts";
import type { World } from "../world.ts";
import { type Admin, actorOf, nameOf, refuseNonAdmin } from "./admins.ts";

export type SetOverride = {
  by: Admin;
  memberId: number;
  /** A key of the policy's limits, as somebody wrote it. */
  limit: string;
  /** As somebody wrote it: `4`, `unlimited`, `no`. */
  value: string;
  until: Date | null;
  reason: string;
  /** The newest override that whoever asks has seen: one that was set since is not replaced unseen. */
  seen?: number;
};

/**
 * One limit of one member, before the group's and the defaults'. Replaces an earlier one of the same limit. The member is told
 * once. Counts from the next grant, extension or run; nothing running is touched. Throws a Refusal, with fields `limit`,
 * `value`, `until`, `reason`.
 */
export async function setOverride(world: World, request: SetOverride): Promise<Override> {
  const key = limitNamed(request.limit);
  const to = limitValue(key, request.value);
  return world.ledger.write(async (tx) => {
    await refuseNonAdmin(tx, world, request.by);
    const member = await memberToChange(tx, request.memberId);
    const before = (await openOverrides(tx, member.id)).find((one) => one.key === key);
    if (before && request.seen !== undefined && before.id > request.seen)
      throw await setMeanwhile(tx, before);
    return setOverrideIn(tx, world, { ...request, member, key, to });
  });
}

/** The same inside a transaction that has judged already who may. */
export async function setOverrideIn(
  tx: Tx,
  world: World,
  request: Pick<SetOverride, "by" | "until" | "reason"> & {
    member: ActiveMember;
    key: keyof Limits;
    to: LimitValue;
    /** What the member is told, where a request of theirs is answered. */
    told?: string;
  },
): Promise<Override> {
  const { by, member, key } = request;
  const to = judgeLimitValue(key, request.to);
  const now = world.clock.now();
  const until = checkUntil(request.until, now);
  const reason = checkReason(request.reason);
  const open = await openOverrides(tx, member.id);
  const had = limitsOf(world.policy, member, open, now);
  const before = open.find((one) => one.key === key);
  if (before) await endOverrideRow(tx, before.id, now);
  const written = await insertOverride(tx, {
    memberId: member.id,
    key,
    value: { to },
    until,
    reason,
    setBy: actorOf(by),
    setAt: now,
  });
  const have = limitsOf(world.policy, member, [...open.filter((one) => one !== before), written], now);
  refuseContradiction(have);
  const what = `${limitInWords(key, to)}, ${untilInWords(until)}`;
  await record(tx, {
    at: now,
    what: "override-set",
    memberId: member.id,
    actor: actorOf(by),
    because: `${nameOf(by)} set a limit of ${member.handle}: ${what}. Reason: ${reason}`,
    evidence: { key, from: had[key], to, until, reason, ...(before ? { replaces: before.id } : {}) },
  });
  const text = request.told ?? `${nameOf(by)} changed one of your limits. ${what}. Reason: ${reason}`;
  const detail =
    "What runs goes on as it is; it counts from your next container on. /limits shows all of them.";
  await tell(tx, member.slackUserId, { kind: "note", text, detail }, now);
  return written;
}

/** Takes it back: the group's limit counts again. Throws a Refusal where it is over already. */
export async function endOverride(
  world: World,
  { by, overrideId }: { by: Admin; overrideId: number },
): Promise<Override> {
  return world.ledger.write(async (tx) => {
    await refuseNonAdmin(tx, world, by);
    const now = world.clock.now();
    const ended = await endOverrideRow(tx, overrideId, now);
    if (!ended) {
      const gone = await overrideById(tx, overrideId);
      throw new Refusal(
        "ended-already",
        gone ? "That was taken back or replaced a moment ago." : "There is no such override.",
      );
    }
    const member = await memberToChange(tx, ended.memberId);
    const key = ended.key as keyof Limits;
    const have = limitsOf(world.policy, member, await openOverrides(tx, member.id), now)[key];
    const what = key in world.policy.defaults ? limitInWords(key, have) : ended.key;
    await record(tx, {
      at: now,
      what: "override-ended",
      memberId: member.id,
      actor: actorOf(by),
      because: `${nameOf(by)} took back an override of ${member.handle}: ${ended.key}.`,
      evidence: { override: ended.id, key, from: ended.value.to, to: have, until: ended.until },
    });
    const wasOver = ended.until !== null && ended.until <= now;
    const text = `${nameOf(by)} ended what was set for you alone. ${what} again.`;
    if (!wasOver) await tell(tx, member.slackUserId, { kind: "note", text }, now);
    return ended;
  });
}

/** Who has limits: only people who use the server. */
export async function memberToChange(tx: Tx, memberId: number): Promise<ActiveMember> {
  const member = await memberById(tx, memberId);
  if (!member) throw new Refusal("no-member", "That person is no longer there.");
  if (!isActive(member)) throw notActive(member);
  return member;
}

function notActive(member: Member): Refusal {
  return new Refusal("not-active", `${member.name} does not use the server at the moment.`, {
    hint: "/berth approvals shows who asks to be let in.",
  });
}

async function setMeanwhile(tx: Tx, override: Override): Promise<Refusal> {
  const key = override.key as keyof Limits;
  const id = Number(override.setBy.replace("member:", ""));
  const who = Number.isInteger(id) ? (await memberById(tx, id))?.name : undefined;
  return new Refusal(
    "set-meanwhile",
    `${who ?? "Somebody else"} set that a moment ago: ${valueInWords(key, override.value.to)}, ${untilInWords(override.until)}.`,
    { hint: "Open the page again to see it, and change it then if it is still to be changed." },
  );
}

/** As the policy file refuses it of a group: nothing could ever start. */
function refuseContradiction({ memory_gib: one, max_memory_gib_total: total }: Limits): void {
  if (total === null || one <= total) return;
  throw new Refusal(
    "above-total",
    `One container would get ${one} GB of memory, and all of theirs together ${total} GB: nothing could start.`,
    { field: "value", hint: "Change max_memory_gib_total and memory_gib so that they fit together." },
  );
}
