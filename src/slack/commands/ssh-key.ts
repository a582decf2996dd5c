import { z } from "zod";
import { Refusal } from "../../errors.ts";
import { addKey, keysOf, removeKey } from "../../members/keys.ts";
import { onlyToCaller, openForm } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { addKeyForm } from "../forms/add-key.ts";
import { keyAdded, keyList, keyRemoved } from "../views/keys.ts";

const words = ["add", "list", "remove"] as const;

export const sshKey = defineCommand({
  name: "ssh-key",
  summary: "The public SSH keys you sign in with: add, list, remove",
  for: "members",
  changes: true,
  args: z.object({ what: z.string().optional(), key: z.string().optional() }),
  byPlace: ["what", "key"],
  takesRest: true,
  examples: ["/ssh-key", "/ssh-key add ssh-ed25519 AAAA… you@laptop", "/ssh-key remove 1"],
  async run({ world, caller, args }) {
    const member = active(caller.member);
    // Somebody who pastes a key without a word before it means to add it.
    const pasted = args.what !== undefined && /^(ssh-|ecdsa-|sk-|-----BEGIN)/.test(args.what);
    const what = pasted ? "add" : (args.what ?? "list").toLowerCase();
    const text = pasted ? [args.what, args.key].filter(Boolean).join(" ") : args.key;
    if (what === "add") {
      if (text === undefined) return openForm(addKeyForm);
      const key = await addKey(world, { member, text });
      return onlyToCaller(keyAdded(key, (await keysOf(world, member)).length));
    }
    const keys = await keysOf(world, member);
    if (what === "list") return onlyToCaller(keyList(keys));
    if (what === "remove") {
      const key = keys[Number(text) - 1];
      if (!key)
        throw new Refusal(
          "no-key",
          text === undefined ? "Which one?" : `There is no key number ${text.slice(0, 20)}.`,
          {
            hint: "/ssh-key lists them with their numbers, and a button to remove each.",
          },
        );
      const { left } = await removeKey(world, { member, keyId: key.id });
      return onlyToCaller(keyRemoved(key, left));
    }
    throw new Refusal("unknown-word", `I don't know “${what.slice(0, 40)}”.`, {
      hint: `There are ${words.join(", ")}.`,
    });
  },
});
