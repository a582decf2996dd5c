import { keysOf, removeKey as remove } from "../../members/keys.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { removeKey } from "../pressables.ts";
import { keyList, keyRemoved } from "../views/keys.ts";

export const removeKeyAction = defineAction({
  pressable: removeKey,
  for: "members",
  changes: true,
  async run({ world, caller, value }) {
    const member = active(caller.member);
    const { key, left } = await remove(world, { member, keyId: value.keyId });
    const removed = keyRemoved(key, left);
    const rest = left > 0 ? keyList(await keysOf(world, member)).blocks : [];
    return { kind: "instead", message: { text: removed.text, blocks: [...removed.blocks, ...rest] } };
  },
});
