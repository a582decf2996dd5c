import { approve, decline } from "../../members/people.ts";
import { defineAction } from "../define-action.ts";
import { approveMember, declineMember } from "../pressables.ts";
import { enrolmentAnswered } from "../views/welcome.ts";

export const approveAction = defineAction({
  pressable: approveMember,
  for: "admins",
  changes: true,
  async run({ world, caller, value }) {
    const member = await approve(world, { by: caller.member, memberId: value.m, group: value.g });
    return { kind: "instead", message: enrolmentAnswered(member, caller.member) };
  },
});

export const declineAction = defineAction({
  pressable: declineMember,
  for: "admins",
  changes: true,
  async run({ world, caller, value }) {
    const member = await decline(world, { by: caller.member, memberId: value.m });
    return { kind: "instead", message: enrolmentAnswered(member, caller.member) };
  },
});
