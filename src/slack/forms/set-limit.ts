import { z } from "zod";
import { setOverride } from "../../members/overrides.ts";
import { memberOverview } from "../../members/overview.ts";
import { limitWords, valueInWords } from "../../policy/limit-words.ts";
import { type Limits, limitsOf } from "../../policy/policy.ts";
import { show } from "../answer.ts";
import { defineForm } from "../define-form.ts";
import { instantInput, instantOf, option, selectInput, textInput } from "../inputs.ts";
import { bold, mrkdwn, plain } from "../mrkdwn.ts";
import { section } from "../views/blocks.ts";
import { memberPage } from "../views/member.ts";

/** An admin sets one limit for one member alone. */
export const setLimitForm = defineForm({
  name: "set-limit",
  title: "Set a limit",
  submit: "Set it",
  for: "admins",
  /** `seen`: the newest override there was when the form was opened. */
  params: z.object({ memberId: z.int().positive(), seen: z.int().min(0) }),
  fields: z.object({
    limit: z.string({ error: "Choose a limit." }).max(75),
    value: z.string({ error: "Which value?" }).max(40, "That is no value."),
    until: z.string().max(20).optional(),
    reason: z
      .string({ error: "Say why: the member is shown it, and admins read it a year later." })
      .max(3000),
  }),
  async draw({ world, params, given }) {
    const { member, overrides } = await memberOverview(world, params.memberId);
    const limits = limitsOf(world.policy, member, overrides, world.clock.now());
    const keys = Object.keys(limitWords) as (keyof Limits)[];
    return [
      section(
        mrkdwn`For ${bold(plain(member.name))} alone, before the group and the defaults. They are told, with the reason. What runs goes on as it is.`,
      ),
      selectInput(
        { field: "limit", label: "Limit" },
        keys.map((key) =>
          option(`${limitWords[key].name} (now ${valueInWords(key, limits[key])})`, key, key),
        ),
        given.limit,
      ),
      textInput(
        { field: "value", label: "Value", hint: "A number, unlimited, yes or no." },
        { given: given.value, most: 40 },
      ),
      instantInput(
        { field: "until", label: "Until", hint: "Left empty: until an admin takes it back.", optional: true },
        given.until,
      ),
      textInput({ field: "reason", label: "Why?" }, { given: given.reason, lines: true, most: 500 }),
    ];
  },
  async submitted({ world, caller, params, values }) {
    const { memberId, seen } = params;
    const { limit, value, reason } = values;
    const until = instantOf(values.until);
    await setOverride(world, { by: caller.member, memberId, seen, limit, value, reason, until });
    return show(memberPage(await memberOverview(world, memberId)));
  },
});
