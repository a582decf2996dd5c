import { resumeWithOne as goOnWithOne } from "../../containers/resume-with-one.ts";
import { run } from "../../containers/run.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { deployedNow } from "../deployed-now.ts";
import { resumeWithOne, startFresh } from "../pressables.ts";
import { unlessTheCardTells } from "../told-by-card.ts";
import { ended } from "../views/ended.ts";

export const startFreshAction = defineAction({
  pressable: startFresh,
  for: "members",
  changes: true,
  async run(call) {
    const by = active(call.caller.member);
    const view = await run(call.world, { by, which: call.value, fresh: true });
    return unlessTheCardTells(call, view, await deployedNow(call.world, view, call.prefix));
  },
});

export const resumeWithOneAction = defineAction({
  pressable: resumeWithOne,
  for: "members",
  changes: true,
  async run(call) {
    const view = await goOnWithOne(call.world, { by: active(call.caller.member), which: call.value });
    return unlessTheCardTells(call, view, ended(view));
  },
});
