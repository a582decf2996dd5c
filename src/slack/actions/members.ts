import { endExemption } from "../../members/exemptions.ts";
import { setGroup } from "../../members/group.ts";
import { endOverride } from "../../members/overrides.ts";
import { findMembers, memberOverview } from "../../members/overview.ts";
import type { World } from "../../world.ts";
import type { Answer } from "../answer.ts";
import { defineAction } from "../define-action.ts";
import { exemptForm } from "../forms/exempt.ts";
import { setLimitForm } from "../forms/set-limit.ts";
import {
  addExemption,
  addOverride,
  endExemption as endExemptionButton,
  endOverride as endOverrideButton,
  moveToGroup,
  openMember,
  seeMembers,
} from "../pressables.ts";
import { memberPage } from "../views/member.ts";
import { membersMessage } from "../views/members.ts";

export const seeMembersAction = defineAction({
  pressable: seeMembers,
  for: "admins",
  run: async ({ world, value: { query, from } }) => ({
    kind: "instead",
    message: membersMessage(await findMembers(world, query), query, from),
  }),
});

export const openMemberAction = defineAction({
  pressable: openMember,
  for: "admins",
  run: async ({ world, value }) => pageOf(world, value.memberId),
});

export const moveToGroupAction = defineAction({
  pressable: moveToGroup,
  for: "admins",
  changes: true,
  async run({ world, caller, value: { m, g, seen } }) {
    await setGroup(world, { by: caller.member, memberId: m, group: g, seen });
    return pageOf(world, m);
  },
});

export const addOverrideAction = defineAction({
  pressable: addOverride,
  for: "admins",
  async run({ world, value: { memberId } }) {
    const { overrides } = await memberOverview(world, memberId);
    const seen = Math.max(0, ...overrides.map(({ id }) => id));
    return { kind: "form", form: setLimitForm, params: { memberId, seen }, given: {}, here: true };
  },
});

export const endOverrideAction = defineAction({
  pressable: endOverrideButton,
  for: "admins",
  changes: true,
  async run({ world, caller, value: { memberId, overrideId } }) {
    await endOverride(world, { by: caller.member, overrideId });
    return pageOf(world, memberId);
  },
});

export const addExemptionAction = defineAction({
  pressable: addExemption,
  for: "admins",
  run: async ({ value: { memberId } }) => ({
    kind: "form",
    form: exemptForm,
    params: { memberId },
    given: {},
    here: true,
  }),
});

export const endExemptionAction = defineAction({
  pressable: endExemptionButton,
  for: "admins",
  changes: true,
  async run({ world, caller, value: { memberId, exemptionId } }) {
    await endExemption(world, { by: caller.member, exemptionId });
    return pageOf(world, memberId);
  },
});

/** As it is now, where it stood before. */
export async function pageOf(world: World, memberId: number): Promise<Answer> {
  return { kind: "show", view: memberPage(await memberOverview(world, memberId)), here: true };
}
