import { why } from "../../containers/why.ts";
import { whyGpus } from "../../nodes/why-gpu.ts";
import { show } from "../answer.ts";
import { defineAction } from "../define-action.ts";
import { askWhy, whyGpus as whyGpusButton } from "../pressables.ts";
import { page } from "../views/blocks.ts";
import { whyMessage } from "../views/why.ts";
import { whyGpusBlocks } from "../views/why-gpus.ts";

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

/** On the board. */
export const whyGpusAction = defineAction({
  pressable: whyGpusButton,
  for: "anyone",
  async run({ world, caller: { member, isAdmin } }) {
    const whys = await whyGpus(world, { by: member, isAdmin });
    return show(page("Why?", whyGpusBlocks(whys, isAdmin ? "handle" : world.policy.board_names)));
  },
});
