import { Refusal } from "../errors.ts";
import { record } from "../ledger/queries/events.ts";
import {
  allHandles,
  insertMember,
  isActive,
  memberByHandle,
  memberById,
  memberBySlackUser,
  nextUid,
  updateMember,
} from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { isAdmin, tellEveryAdmin } from "./admins.ts";
import { refuseUnknownGroup } from "./group.ts";
import { checkHandle, proposeHandle } from "./handles.ts";

/** A person as Slack tells them. */
export type SlackPerson = {
  slackUserId: string;
  name: string;
  timeZone: string;
  isGuest: boolean;
  isBot: boolean;
};

/**
 * The member behind a Slack user; made at first contact, with one welcome. Bots are refused always, guests by policy.
 * Name and time zone follow Slack.
 */
export async function meet(world: World, person: SlackPerson): Promise<Member> {
  if (person.isBot) throw new Refusal("bot", "Bots can't use the GPU server.");
  if (person.isGuest && world.policy.guests === "refuse") {
    throw new Refusal("guest", "Guests of this workspace can't use the GPU server.", {
      hint: "Ask an admin of the server: they can let guests in (policy: guests).",
    });
  }
  const known = await world.ledger.read((tx) => memberBySlackUser(tx, person.slackUserId));
  if (known && known.name === person.name && known.timeZone === person.timeZone) return known;
  return world.ledger.write(async (tx) => {
    const now = world.clock.now();
    const { slackUserId, name, timeZone } = person;
    const before = await memberBySlackUser(tx, slackUserId);
    if (before) return updateMember(tx, before.id, { name, timeZone });
    const member = await insertMember(tx, { slackUserId, name, timeZone, createdAt: now, welcomedAt: now });
    if (!member) throw new Error("the member row was not returned");
    await record(tx, {
      at: now,
      what: "met",
      memberId: member.id,
      actor: `member:${member.id}`,
      because: `${name} turned to Berth for the first time.`,
      evidence: { slackUserId, isGuest: person.isGuest },
    });
    await tell(tx, slackUserId, { kind: "welcome", memberId: member.id }, now);
    return member;
  });
}

/** A user name that is free, for the form to begin with. */
export async function proposedHandle(world: World, member: Member): Promise<string> {
  if (member.handle) return member.handle;
  return proposeHandle(member.name, await world.ledger.read(allHandles));
}

/**
 * The member chooses a handle and asks to be let in: `active` at once if the policy says `enrol: open` or they are an
 * admin by environment, else `asking` until an admin approves. Handle and uid are theirs for good from here on.
 */
export async function enrol(world: World, request: { member: Member; handle: string }): Promise<Member> {
  const handle = checkHandle(request.handle.trim().toLowerCase());
  return world.ledger.transaction(async (tx) => {
    const member = await memberById(tx, request.member.id);
    if (!member) throw new Error(`member ${request.member.id} is not in the ledger`);
    if (member.state !== "new" && member.state !== "declined") return member;
    const other = await memberByHandle(tx, handle);
    if (other && other.id !== member.id) {
      const free = proposeHandle(member.name, await allHandles(tx));
      throw new Refusal("handle-taken", `The user name “${handle}” is taken.`, {
        field: "handle",
        hint: `“${free}” is free.`,
      });
    }
    const now = world.clock.now();
    const admin = isAdmin(world, member);
    const open = admin || world.policy.enrol === "open";
    const after = await updateMember(tx, member.id, {
      // A handle never changes: who was declined and asks again keeps the first.
      handle: member.handle ?? handle,
      uid: member.uid ?? (await nextUid(tx, world.policy.uid_from)),
      state: open ? "active" : "asking",
      group: open ? (admin ? "admin" : world.policy.default_group) : null,
    });
    await record(tx, {
      at: now,
      what: open ? "enrolled" : "enrolment-asked",
      memberId: member.id,
      actor: `member:${member.id}`,
      because: open
        ? `${member.name} joined as ${after.handle}.`
        : `${member.name} asks to join as ${after.handle}.`,
      evidence: {
        enrol: world.policy.enrol,
        admin,
        handle: after.handle,
        uid: after.uid,
        group: after.group,
      },
    });
    if (!open) await tellEveryAdmin(tx, world, { kind: "enrolment", memberId: member.id }, now);
    return after;
  });
}

/** Lets somebody in with a group. Two admins at once: the second is told who was first. */
export async function approve(
  world: World,
  request: { by: Member; memberId: number; group: string },
): Promise<Member> {
  refuseUnknownGroup(world, request.group);
  return answerAsk(world, request, { state: "active", group: request.group }, (member) => ({
    what: "enrolled",
    because: `${request.by.name} let ${member.name} in as ${request.group}.`,
    told: `Welcome aboard. You are “${member.handle}” on the GPU server, in the group ${request.group}.`,
  }));
}

export async function decline(world: World, request: { by: Member; memberId: number }): Promise<Member> {
  return answerAsk(world, request, { state: "declined", group: null }, (member) => ({
    what: "declined",
    because: `${request.by.name} declined ${member.name}.`,
    told: `${request.by.name} did not let you in to the GPU server. Ask them why; you may ask again afterwards.`,
  }));
}

async function answerAsk(
  world: World,
  { by, memberId }: { by: Member; memberId: number },
  change: Pick<Member, "state" | "group">,
  words: (member: Member) => { what: string; because: string; told: string },
): Promise<Member> {
  if (!isAdmin(world, by)) throw new Refusal("not-admin", "Only admins of the GPU server can decide this.");
  return world.ledger.transaction(async (tx) => {
    const member = await memberById(tx, memberId);
    if (!member) throw new Refusal("no-member", "That person is no longer there.");
    if (member.state !== "asking") {
      const answered = isActive(member) ? `let in already, as ${member.group}` : "answered already";
      throw new Refusal("answered", `${member.name} was ${answered}.`);
    }
    const now = world.clock.now();
    const after = await updateMember(tx, memberId, change);
    const { what, because, told } = words(after);
    await record(tx, { at: now, what, memberId, actor: `member:${by.id}`, because, evidence: { ...change } });
    const offers = change.state === "active" ? [{ kind: "add-key" as const }] : [];
    await tell(tx, member.slackUserId, { kind: "note", text: told, offers }, now);
    return after;
  });
}
