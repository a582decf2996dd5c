import { Refusal } from "../errors.ts";
import { isActive } from "../ledger/queries/members.ts";
import type { ActiveMember, Member } from "../ledger/schema.ts";
import { isAdmin } from "../members/admins.ts";
import { meet } from "../members/people.ts";
import type { Caller } from "./answer.ts";
import type { Asked } from "./asked.ts";
import { lookWhetherGone } from "./leavers.ts";
import { refuseStrangers } from "./people.ts";
import type { Room } from "./room.ts";

/** Who asks, by Slack's word and the ledger's. Throws a `Refusal` for those who may not ask at all. */
export async function callerOf(
  room: Room,
  asked: Pick<Asked, "slackUserId" | "teamId" | "userTeamId">,
  who: "anyone" | "members" | "admins",
): Promise<Caller> {
  const ours = room.identity?.teamId;
  if (ours === undefined) throw new Error("asked before Slack said who we are");
  const teams = [asked.teamId, asked.userTeamId].filter((team) => team !== undefined);
  const foreign = teams.find((team) => team !== ours);
  const met = async () => {
    const person = await room.people.whoIs(asked.slackUserId);
    refuseStrangers(foreign ? { ...person, teamId: foreign } : person, ours, room.world.policy.guests);
    return meet(room.world, person);
  };
  let member = await met();
  if (member.state === "gone") {
    // Whoever asks is there; but before they are let in again Slack is asked anew.
    await lookWhetherGone(room, asked.slackUserId, "asked");
    member = await met();
  }
  const caller = { member, isAdmin: isAdmin(room.world, member) };
  if (who === "members") active(member);
  if (who === "admins" && !caller.isAdmin)
    throw new Refusal("admins-only", "Only admins can do that.", {
      hint: "/berth help says what you can do.",
    });
  return caller;
}

/** The member as one who may use the server; a `Refusal` that says the next step otherwise. */
export function active(member: Member): ActiveMember {
  if (isActive(member)) return member;
  switch (member.state) {
    case "asking":
      throw new Refusal("asking", "An admin has been asked to let you in and has not answered yet.", {
        hint: "You will hear from me here as soon as they have.",
      });
    case "declined":
      throw new Refusal("declined", "An admin decided not to let you use the server.", {
        hint: "Talk to the people who run it; they can change that.",
      });
    default:
      throw new Refusal("not-enrolled", "You are not set up on this server yet.", {
        hint: "It takes a minute: choose your handle, the name you will have inside your containers.",
        offers: [{ kind: "enrol" }],
      });
  }
}
