import { Refusal } from "../errors.ts";
import { record } from "../ledger/queries/events.ts";
import { updateMember } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Member } from "../ledger/schema.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { type Admin, actorOf, nameOf, refuseNonAdmin } from "./admins.ts";
import { memberToChange } from "./overrides.ts";

export type SetGroup = {
  by: Admin;
  memberId: number;
  group: string;
  /** The group that whoever asks has seen: one that was set since is not replaced unseen. */
  seen?: string | null;
};

/**
 * Their limits are that group's from the next grant on. Whoever the environment names stays an admin in any group. The member
 * is told once. Throws a Refusal, field `group`.
 */
export async function setGroup(world: World, { by, memberId, group, seen }: SetGroup): Promise<Member> {
  refuseUnknownGroup(world, group);
  return world.ledger.write(async (tx) => {
    await refuseNonAdmin(tx, world, by);
    const member = await memberToChange(tx, memberId);
    if (member.group === group) return member;
    if (seen !== undefined && member.group !== seen)
      throw new Refusal(
        "set-meanwhile",
        `${member.name} was moved to the group ${member.group} a moment ago.`,
        {
          hint: "Open the page again to see it, and change it then if it is still to be changed.",
        },
      );
    const now = world.clock.now();
    const after = await updateMember(tx, member.id, { group });
    await record(tx, {
      at: now,
      what: "group-set",
      memberId,
      actor: actorOf(by),
      because: `${nameOf(by)} moved ${member.handle} from the group ${member.group} to ${group}.`,
      evidence: { from: member.group, to: group },
    });
    const text = `${nameOf(by)} moved you to the group ${group}.`;
    const detail =
      "What runs goes on as it is; the limits of that group count from your next container on. /limits shows them.";
    await tell(tx, member.slackUserId, { kind: "note", text, detail }, now);
    return after;
  });
}

/** Throws a Refusal, field `group`, with the nearest that there is. */
export function refuseUnknownGroup(world: World, group: string): void {
  if (Object.hasOwn(world.policy.groups, group)) return;
  const groups = Object.keys(world.policy.groups);
  const near = nearest(group, groups);
  throw new Refusal("no-group", `There is no group “${group.slice(0, 40)}”.`, {
    field: "group",
    hint: near.length > 0 ? `Did you mean ${listed(near, "or")}?` : `Groups are ${listed(groups)}.`,
  });
}
