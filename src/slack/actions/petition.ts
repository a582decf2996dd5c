import { grantExtension } from "../../ends/extend.ts";
import { answerPetition } from "../../members/petitions.ts";
import { type Answer, type Call, openForm } from "../answer.ts";
import { defineAction } from "../define-action.ts";
import { askMoreForm } from "../forms/ask-more.ts";
import { askMore, declinePetition, grantPetition } from "../pressables.ts";
import { petitionMessage } from "../views/petition.ts";
import { pageOf } from "./members.ts";

export const askMoreAction = defineAction({
  pressable: askMore,
  for: "members",
  run: async () => openForm(askMoreForm),
});

export const grantPetitionAction = defineAction({
  pressable: grantPetition,
  for: "admins",
  changes: true,
  run: ({ value, ...call }) => answered(call, value.petitionId, true),
});

export const declinePetitionAction = defineAction({
  pressable: declinePetition,
  for: "admins",
  changes: true,
  run: ({ value, ...call }) => answered(call, value.petitionId, false),
});

async function answered(
  { world, caller, message }: Omit<Call, "value">,
  petitionId: number,
  yes: boolean,
): Promise<Answer> {
  const view = await answerPetition(world, { by: caller.member, petitionId, yes }, grantExtension);
  // On the page of the member it stands among other things.
  return message ? { kind: "instead", message: petitionMessage(view) } : pageOf(world, view.member.id);
}
