import { run } from "../../containers/run.ts";
import { freeGpu, retire, stop } from "../../containers/stop.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { cardAsides } from "../card-asides.ts";
import { defineAction } from "../define-action.ts";
import { deployedNow } from "../deployed-now.ts";
import {
  freeGpuNow,
  leaveLine,
  openCard,
  retireContainer,
  runContainer,
  stopContainer,
} from "../pressables.ts";
import { ownView, signInOf } from "../sign-in.ts";
import { unlessTheCardTells } from "../told-by-card.ts";
import { card } from "../views/card.ts";
import { ended, gpuFreed } from "../views/ended.ts";

export const openCardAction = defineAction({
  pressable: openCard,
  for: "members",
  async run({ world, caller, value }) {
    const view = await ownView(world, caller, value.containerId);
    const { awaited, wait } = await world.ledger.read((tx) => cardAsides(tx, world, view));
    return onlyToCaller(
      card({ ...view, awaited, wait, now: world.clock.now(), signIn: signInOf(world, view) }),
    );
  },
});

export const runAction = defineAction({
  pressable: runContainer,
  for: "members",
  changes: true,
  async run(call) {
    const view = await run(call.world, { by: active(call.caller.member), which: call.value });
    return unlessTheCardTells(call, view, await deployedNow(call.world, view, call.prefix));
  },
});

export const stopAction = defineAction({
  pressable: stopContainer,
  for: "members",
  changes: true,
  async run(call) {
    const view = await stop(call.world, { by: active(call.caller.member), which: call.value });
    return unlessTheCardTells(call, view, ended(view));
  },
});

export const retireAction = defineAction({
  pressable: retireContainer,
  for: "members",
  changes: true,
  async run(call) {
    const view = await retire(call.world, { by: active(call.caller.member), which: call.value });
    return unlessTheCardTells(call, view, ended(view));
  },
});

/** Only out of the line: pressed a moment after the grant, it must not stop what has begun. */
export const leaveAction = defineAction({
  pressable: leaveLine,
  for: "members",
  changes: true,
  async run(call) {
    const before = await ownView(call.world, call.caller, call.value.containerId);
    if (before.container.state !== "waiting")
      return onlyToCaller(await deployedNow(call.world, before, call.prefix));
    const view = await stop(call.world, { by: active(call.caller.member), which: call.value });
    return unlessTheCardTells(call, view, ended(view));
  },
});

export const freeGpuAction = defineAction({
  pressable: freeGpuNow,
  for: "members",
  changes: true,
  async run(call) {
    const view = await freeGpu(call.world, { by: active(call.caller.member), which: call.value });
    return unlessTheCardTells(call, view, gpuFreed(view));
  },
});
