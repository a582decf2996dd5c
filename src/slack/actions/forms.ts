import { onlyToCaller, openForm } from "../answer.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { addKeyForm } from "../forms/add-key.ts";
import { deployForm } from "../forms/deploy.ts";
import { enrolForm } from "../forms/enrol.ts";
import { addKey, enrolMe, newContainer } from "../pressables.ts";
import { enrolled } from "../views/welcome.ts";

export const newContainerAction = defineAction({
  pressable: newContainer,
  for: "members",
  run: async ({ value }) => openForm(deployForm, {}, value.project ? { project: value.project } : {}),
});

export const addKeyAction = defineAction({
  pressable: addKey,
  for: "members",
  run: async () => openForm(addKeyForm),
});

export const enrolAction = defineAction({
  pressable: enrolMe,
  for: "anyone",
  async run({ caller }) {
    if (caller.member.state === "asking") active(caller.member);
    if (caller.member.state === "active") return onlyToCaller(enrolled(caller.member));
    return openForm(enrolForm);
  },
});
