import { why } from "../../containers/why.ts";
import { show } from "../answer.ts";
import { defineAction } from "../define-action.ts";
import { askWhy } from "../pressables.ts";
import { page } from "../views/blocks.ts";
import { whyMessage } from "../views/why.ts";

export const askWhyAction = defineAction({
  pressable: askWhy,
  for: "anyone",
  async run({ world, caller, value }) {
    const events = await why(world, {
      by: caller.member,
      isAdmin: caller.isAdmin,
      containerId: value.containerId,
    });
    return show(page("Why?", whyMessage(events).blocks));
  },
});
