import { keep } from "../../ends/keep.ts";
import { keepFiles } from "../../ends/removal.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { keepContainer, keepFilesOf } from "../pressables.ts";
import { filesKeptMessage, keptMessage } from "../views/kept.ts";

export const keepAction = defineAction({
  pressable: keepContainer,
  for: "members",
  changes: true,
  async run({ world, caller, requestId, value: { containerId } }) {
    const by = active(caller.member);
    return onlyToCaller(keptMessage(await keep(world, { by, which: { containerId }, requestId })));
  },
});

export const keepFilesAction = defineAction({
  pressable: keepFilesOf,
  for: "members",
  changes: true,
  async run({ world, caller, requestId, value: { containerId } }) {
    const by = active(caller.member);
    return onlyToCaller(filesKeptMessage(await keepFiles(world, { by, which: { containerId }, requestId })));
  },
});
