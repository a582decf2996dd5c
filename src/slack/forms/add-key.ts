import { z } from "zod";
import { addKey, keysOf } from "../../members/keys.ts";
import { show } from "../answer.ts";
import { active } from "../caller.ts";
import { defineForm } from "../define-form.ts";
import { textInput } from "../inputs.ts";
import { code, mrkdwn } from "../mrkdwn.ts";
import { context, page, section } from "../views/blocks.ts";
import { keyAdded } from "../views/keys.ts";

/** The public half of an SSH key, pasted. */
export const addKeyForm = defineForm({
  name: "add-key",
  title: "Add an SSH key",
  submit: "Add",
  for: "members",
  params: z.object({}),
  fields: z.object({ key: z.string({ error: "Paste your public key here." }).max(20_000) }),
  async draw({ given }) {
    return [
      section(
        mrkdwn`Paste the *public* half of your key: one line, as in ${code("~/.ssh/id_ed25519.pub")}. If you have none, this makes one: ${code("ssh-keygen -t ed25519")}`,
      ),
      textInput(
        {
          field: "key",
          label: "Public key",
          hint: "It begins with ssh-ed25519, ecdsa-sha2-…, sk-… or ssh-rsa.",
        },
        { given: given.key, lines: true, placeholder: "ssh-ed25519 AAAA… you@laptop" },
      ),
      context(mrkdwn`The private half stays with you; nobody here ever asks for it.`),
    ];
  },
  async submitted({ world, caller, values }) {
    const member = active(caller.member);
    const key = await addKey(world, { member, text: values.key });
    return show(page("Add an SSH key", keyAdded(key, (await keysOf(world, member)).length).blocks));
  },
});
