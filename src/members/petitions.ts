import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { Petition, PetitionWish } from "../ledger/limit-tables.ts";
import { record } from "../ledger/queries/events.ts";
import { isActive, memberById } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import {
  decidePetition,
  insertPetition,
  openPetitions,
  type PetitionView,
  petitionByRequest,
  petitionView,
} from "../ledger/queries/petitions.ts";
import type { ActiveMember, Member } from "../ledger/schema.ts";
import { checkReason, checkUntil, limitNamed, limitValue } from "../policy/limit-value.ts";
import { limitInWords, untilInWords } from "../policy/limit-words.ts";
import { type Limits, limitsOf } from "../policy/policy.ts";
import { counted } from "../sentence.ts";
import type { World } from "../world.ts";
import { refuseNonAdmin, tellEveryAdmin } from "./admins.ts";
import { setOverrideIn } from "./overrides.ts";

/** What a member can ask more of. The others are the admins' own business. */
export const askable = [
  "max_gpu_equivalents",
  "max_gpus_per_container",
  "max_runtime_h",
  "extension_gpu_h_per_7d",
  "max_containers",
  "max_waiting",
  "memory_gib",
  "max_memory_gib_total",
  "cpus",
  "max_images",
  "image_gib",
  "workspace_gib",
] as const satisfies (keyof Limits)[];

const mostOpen = 3;

export type AskForMore = {
  by: ActiveMember;
  /** Made once by whoever asks; the same id again finds the same petition. */
  requestId: string;
  limit: string;
  value: string;
  until: Date | null;
  reason: string;
};

/**
 * Asks every admin for more of one limit until an instant. Throws a Refusal that a person can act on, with fields `limit`,
 * `value`, `until`, `reason`; then nobody was asked.
 */
export async function askForMore(world: World, request: AskForMore): Promise<Petition> {
  const key = limitNamed(request.limit);
  if (!askable.some((one) => one === key))
    throw new Refusal("not-askable", `More of that can't be asked for here: ${key}.`, {
      field: "limit",
      hint: "Talk to an admin.",
    });
  const to = limitValue(key, request.value);
  return world.ledger.transaction(async (tx) => {
    const now = world.clock.now();
    const member = await memberById(tx, request.by.id);
    if (!isActive(member)) throw new Refusal("not-active", "You are not set up on this server.");
    if (request.until === null)
      throw new Refusal("no-until", "Until when do you need it?", { field: "until" });
    const until = checkUntil(request.until, now) as Date;
    const has = limitsOf(world.policy, member, await openOverrides(tx, member.id), now)[key];
    if (!isMore(to, has))
      throw new Refusal("not-more", `You may have that already: ${limitInWords(key, has)}.`, {
        field: "value",
        hint: "Ask for more than that.",
      });
    return petition(tx, world, {
      ...request,
      wish: { kind: "limit", key, to: to as number | null, until: until.toISOString() },
    });
  });
}

/** Writes it down and asks every admin, in the caller's transaction. Throws a Refusal where too much is asked already. */
export async function petition(
  tx: Tx,
  world: World,
  request: { by: ActiveMember; requestId: string; wish: PetitionWish; reason: string },
): Promise<Petition> {
  const { by, requestId, wish } = request;
  const before = await petitionByRequest(tx, requestId);
  if (before?.memberId === by.id) return before;
  if (before) throw new Error(`request ${requestId} is another member's`);
  const reason = checkReason(request.reason);
  const open = await openPetitions(tx, by.id);
  if (open.some((one) => sameThing(one.wish, wish)))
    throw new Refusal("asked-already", "You asked for that already, and no admin has answered yet.", {
      hint: "You hear from me as soon as one has.",
    });
  if (open.length >= mostOpen)
    throw new Refusal(
      "too-many-petitions",
      `You have asked for ${counted(open.length, "thing")} already that no admin has answered yet.`,
      {
        hint: "You hear from me as soon as one has; then ask for more.",
      },
    );
  const now = world.clock.now();
  const written = await insertPetition(tx, {
    requestId,
    memberId: by.id,
    wish,
    reason,
    state: "open",
    askedAt: now,
  });
  await record(tx, {
    at: now,
    what: "petition-asked",
    memberId: by.id,
    ...(wish.kind === "extension" ? { containerId: wish.containerId } : {}),
    actor: `member:${by.id}`,
    because: `${by.handle} asks for more: ${wishedInWords(wish)}. Reason: ${reason}`,
    evidence: { petition: written.id, wish, reason },
  });
  await tellEveryAdmin(tx, world, { kind: "petition", petitionId: written.id }, now);
  return written;
}

/**
 * What is done for a petition that is not about a limit, in the deciding transaction. May throw a Refusal: then it stays open.
 * Tells the member.
 */
export type GrantOther = (tx: Tx, world: World, petition: Petition, admin: Member) => Promise<void>;

/**
 * Whoever of the admins commits first decides; everybody else is told who did. A grant becomes an override. The member is told
 * once, and the admins' messages show the answer. Throws a Refusal.
 */
export async function answerPetition(
  world: World,
  { by, petitionId, yes }: { by: Member; petitionId: number; yes: boolean },
  grantOther: GrantOther,
): Promise<PetitionView> {
  return world.ledger.transaction(async (tx) => {
    await refuseNonAdmin(tx, world, by);
    const asked = await petitionView(tx, petitionId);
    if (!asked) throw new Refusal("no-petition", "There is no such request.");
    if (asked.petition.state !== "open") throw answeredAlready(asked);
    const { petition, member } = asked;
    const now = world.clock.now();
    if (yes) await grant(tx, world, asked, by, grantOther);
    const state = yes ? "granted" : "declined";
    await decidePetition(tx, petitionId, { state, decidedBy: by.id, decidedAt: now });
    const what = wishedInWords(petition.wish);
    await record(tx, {
      at: now,
      what: `petition-${state}`,
      memberId: member.id,
      ...(petition.wish.kind === "extension" ? { containerId: petition.wish.containerId } : {}),
      actor: `member:${by.id}`,
      because: `${by.name} ${state} what ${member.handle ?? member.name} asked for: ${what}.`,
      evidence: { petition: petition.id, wish: petition.wish, askedAt: petition.askedAt },
    });
    const text = `${by.name} declined what you asked for: ${what}. Ask them why; your limits stay as they were.`;
    if (!yes) await tell(tx, member.slackUserId, { kind: "note", text }, now);
    await tellEveryAdmin(tx, world, { kind: "petition", petitionId }, now);
    return (await petitionView(tx, petitionId)) ?? asked;
  });
}

async function grant(
  tx: Tx,
  world: World,
  { petition, member }: PetitionView,
  by: Member,
  grantOther: GrantOther,
): Promise<void> {
  const { wish } = petition;
  if (wish.kind !== "limit") return await grantOther(tx, world, petition, by);
  if (!isActive(member)) throw new Refusal("not-active", `${member.name} does not use the server any more.`);
  const key = limitNamed(wish.key);
  const until = new Date(wish.until);
  const now = world.clock.now();
  if (until <= now)
    throw new Refusal("petition-over", "The time they asked for is over already.", {
      hint: "Decline it, so that they can ask anew.",
    });
  const has = limitsOf(world.policy, member, await openOverrides(tx, member.id), now)[key];
  if (!isMore(wish.to, has))
    throw new Refusal("not-more", `${member.name} may have that by now: ${limitInWords(key, has)}.`, {
      hint: "Decline it; nothing is to be changed.",
    });
  const told = `${by.name} said yes. ${limitInWords(key, wish.to)}, ${untilInWords(until)}.`;
  const { reason } = petition;
  await setOverrideIn(tx, world, { by, member, key, to: wish.to, until, reason, told });
}

/** "GPUs at once: 4, until Friday 18:00" */
export function wishedInWords(wish: PetitionWish): string {
  if (wish.kind === "extension") return `${wish.hours} h more for a container than the extension budget has`;
  const key = wish.key as keyof Limits;
  return `${limitInWords(key, wish.to)}, ${untilInWords(new Date(wish.until))}`;
}

function answeredAlready({ petition, decidedBy }: PetitionView): Refusal {
  const how = petition.state === "granted" ? "granted" : "declined";
  return new Refusal("answered", `${decidedBy?.name ?? "Somebody"} ${how} that already.`);
}

function sameThing(a: PetitionWish, b: PetitionWish): boolean {
  return a.kind === "limit"
    ? b.kind === "limit" && a.key === b.key
    : b.kind === "extension" && a.containerId === b.containerId;
}

function isMore(to: unknown, has: unknown): boolean {
  if (has === null) return false;
  return to === null || (typeof to === "number" && typeof has === "number" && to > has);
}
