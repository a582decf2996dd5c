import { type Added, addInstalled } from "../../containers/add-installed.ts";
import { retire } from "../../containers/stop.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { type Answer, type Call, onlyToCaller, openForm } from "../answer.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { imageForm } from "../forms/image.ts";
import { filledWith } from "../image-fields.ts";
import { addInstalled as addInstalledButton, retireAndAdd } from "../pressables.ts";
import { ownView } from "../sign-in.ts";
import { installedAdded } from "../views/installed.ts";

/** Of an image of one's own at once; of another one by the form, because an image of one's own is made first. */
export const addInstalledAction = defineAction({
  pressable: addInstalledButton,
  for: "members",
  changes: true,
  async run(call) {
    return added(call, await ownView(call.world, call.caller, call.value.containerId));
  },
});

/** The GPU is let go first, whatever becomes of the image. */
export const retireAndAddAction = defineAction({
  pressable: retireAndAdd,
  for: "members",
  changes: true,
  async run(call) {
    const by = active(call.caller.member);
    await retire(call.world, { by, which: call.value });
    return added(call, await ownView(call.world, call.caller, call.value.containerId));
  },
});

async function added(call: Call, view: ContainerView): Promise<Answer> {
  const by = active(call.caller.member);
  const done = await addInstalled(call.world, { by, view });
  if (done.is === "asked") return onlyToCaller(installedAdded(done.build, done.lines));
  const { params, given } = ownLike(done);
  return openForm(imageForm, params, { ...given, name: view.project.name });
}

function ownLike({ base, installed }: Extract<Added, { is: "not-own" }>) {
  if ("image" in base) {
    const { params, given } = filledWith(base.image, installed);
    const { imageId: _, ...others } = params;
    return { params: others, given };
  }
  return {
    params: {},
    given: { base: base.house, sets: "", pip: installed.pip.join("\n"), apt: installed.apt.join("\n") },
  };
}
