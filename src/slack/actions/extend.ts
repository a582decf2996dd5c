import { extend } from "../../ends/extend.ts";
import { onlyToCaller, openForm } from "../answer.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { askExtensionForm } from "../forms/ask-extension.ts";
import { askExtension, extendContainer } from "../pressables.ts";
import { extendedMessage } from "../views/extended.ts";

/** Pressed twice it moves the end once: what it carries is the end that is meant. */
export const extendAction = defineAction({
  pressable: extendContainer,
  for: "members",
  changes: true,
  async run({ world, caller, requestId, value: { containerId, endId, hours } }) {
    const by = active(caller.member);
    return onlyToCaller(
      extendedMessage(await extend(world, { by, which: { containerId }, hours, endId, requestId })),
    );
  },
});

export const askExtensionAction = defineAction({
  pressable: askExtension,
  for: "members",
  run: async ({ value }) => openForm(askExtensionForm, value),
});
