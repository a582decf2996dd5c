import { z } from "zod";
import { limitsAndUse } from "../../members/limits.ts";
import { askable, askForMore } from "../../members/petitions.ts";
import { limitWords, valueInWords } from "../../policy/limit-words.ts";
import { capital } from "../../sentence.ts";
import { show } from "../answer.ts";
import { active } from "../caller.ts";
import { defineForm } from "../define-form.ts";
import { instantInput, instantOf, option, selectInput, textInput } from "../inputs.ts";
import { mrkdwn } from "../mrkdwn.ts";
import { page, section } from "../views/blocks.ts";

/** More of one limit, until when, and why: an admin decides. */
export const askMoreForm = defineForm({
  name: "ask-more",
  title: "Ask for more",
  submit: "Ask",
  for: "members",
  params: z.object({}),
  fields: z.object({
    limit: z.string({ error: "Choose what you need more of." }).max(75),
    value: z.string({ error: "How much do you need?" }).max(40, "That is no amount."),
    until: z.string({ error: "Until when do you need it?" }).max(20),
    reason: z.string({ error: "Say why: an admin decides by it." }).max(3000),
  }),
  async draw({ world, caller, given }) {
    const { limits } = await limitsAndUse(world, caller.member);
    const choices = askable
      .filter((key) => limits[key] !== null)
      .map((key) => option(capital(limitWords[key].name), key, `now ${valueInWords(key, limits[key])}`));
    if (choices.length === 0) return [section(mrkdwn`None of your limits could be higher.`)];
    return [
      section(
        mrkdwn`Every admin sees this, and the first of them to answer decides. You hear from me either way.`,
      ),
      selectInput({ field: "limit", label: "More of what?" }, choices, given.limit),
      textInput(
        {
          field: "value",
          label: "How much in all?",
          hint: "A number, such as 4. Not how much more: how much altogether.",
        },
        { given: given.value, most: 40 },
      ),
      instantInput(
        {
          field: "until",
          label: "Until when?",
          hint: "Afterwards your usual limit counts again; what runs then goes on.",
        },
        given.until ?? inAWeek(world.clock.now()),
      ),
      textInput(
        { field: "reason", label: "Why?" },
        {
          given: given.reason,
          lines: true,
          most: 500,
          placeholder: "The deadline of a paper, a demo next week…",
        },
      ),
    ];
  },
  async submitted({ world, caller, values, requestId }) {
    const by = active(caller.member);
    const { limit, value, reason } = values;
    await askForMore(world, { by, requestId, limit, value, reason, until: instantOf(values.until) });
    return show(
      page("Ask for more", [
        section(
          mrkdwn`:hourglass_flowing_sand:  An admin has been asked. You hear from me in our conversation as soon as one has answered.`,
        ),
      ]),
    );
  },
});

/** A full hour, seven days from now, as an `instantInput` is given it. */
export function inAWeek(now: Date): string {
  return String(Math.ceil(now.getTime() / 3_600_000 + 7 * 24) * 3600);
}
