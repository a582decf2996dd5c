import { stop } from "../../containers/stop.ts";
import { swap } from "../../containers/swap.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { deployedNow } from "../deployed-now.ts";
import { wishOf } from "../device-choices.ts";
import { stopAndFree, swapRequest } from "../pressables.ts";
import { unlessTheCardTells } from "../told-by-card.ts";
import { ended } from "../views/ended.ts";

/** What the button says could start is judged again: the message may be old. */
export const swapAction = defineAction({
  pressable: swapRequest,
  for: "members",
  changes: true,
  async run(call) {
    const { containerId, devices, hours } = call.value;
    const by = active(call.caller.member);
    const view = await swap(call.world, { by, which: { containerId }, wish: wishOf(devices), hours });
    return unlessTheCardTells(call, view, await deployedNow(call.world, view, call.prefix));
  },
});

export const stopAndFreeAction = defineAction({
  pressable: stopAndFree,
  for: "members",
  changes: true,
  async run(call) {
    const by = active(call.caller.member);
    const view = await stop(call.world, { by, which: call.value, frees: true });
    return unlessTheCardTells(call, view, ended(view));
  },
});
