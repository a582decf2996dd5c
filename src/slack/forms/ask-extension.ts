import { z } from "zod";
import { askExtension } from "../../ends/ask-extension.ts";
import { hoursWords } from "../../ends/judge-extension.ts";
import { show } from "../answer.ts";
import { active } from "../caller.ts";
import { defineForm } from "../define-form.ts";
import { textInput } from "../inputs.ts";
import { bold, mrkdwn, plain } from "../mrkdwn.ts";
import { ownView } from "../sign-in.ts";
import { page, section } from "../views/blocks.ts";

/** More hours than the extension budget has, and why: an admin decides. */
export const askExtensionForm = defineForm({
  name: "ask-extension",
  title: "Ask for more hours",
  submit: "Ask",
  for: "members",
  params: z.object({ containerId: z.int().positive(), hours: z.number() }),
  fields: z.object({ reason: z.string({ error: "Say why: an admin decides by it." }).max(3000) }),
  async draw({ world, caller, params, given }) {
    const { project } = await ownView(world, caller, params.containerId);
    return [
      section(
        mrkdwn`${plain(hoursWords(params.hours))} more for ${bold(plain(project.name))}. Every admin sees this, and the first of them to answer decides. Until then its end stays where it is.`,
      ),
      textInput(
        { field: "reason", label: "Why?" },
        { given: given.reason, lines: true, most: 500, placeholder: "The last epochs before a deadline…" },
      ),
    ];
  },
  async submitted({ world, caller, params, values, requestId }) {
    await askExtension(world, { by: active(caller.member), ...params, ...values, requestId });
    return show(
      page("Ask for more hours", [
        section(
          mrkdwn`:hourglass_flowing_sand:  An admin has been asked. You hear from me in our conversation as soon as one has answered.`,
        ),
      ]),
    );
  },
});
