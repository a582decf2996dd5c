import { keep } from "../../ends/keep.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { keepContainer } from "../pressables.ts";
import { keptMessage } from "../views/kept.ts";

export const keepAction = defineAction({
  pressable: keepContainer,
  for: "members",
  changes: true,
  async run({ world, caller, requestId, value: { containerId } }) {
    const by = active(caller.member);
    return onlyToCaller(keptMessage(await keep(world, { by, which: { containerId }, requestId })));
  },
});
