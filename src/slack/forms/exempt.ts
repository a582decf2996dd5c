import { z } from "zod";
import { setExemption } from "../../members/exemptions.ts";
import { memberOverview } from "../../members/overview.ts";
import { show } from "../answer.ts";
import { defineForm } from "../define-form.ts";
import { instantInput, instantOf, option, selectInput, textInput } from "../inputs.ts";
import { bold, mrkdwn, plain } from "../mrkdwn.ts";
import { section } from "../views/blocks.ts";
import { memberPage } from "../views/member.ts";
import { inAWeek } from "./ask-more.ts";

/** An admin spares a member, or one container, an end that would come by itself. */
export const exemptForm = defineForm({
  name: "exempt",
  title: "Add an exemption",
  submit: "Add it",
  for: "admins",
  params: z.object({ memberId: z.int().positive() }),
  fields: z.object({
    spares: z.enum(["end", "idle"], { error: "Choose what they are spared." }),
    container: z.string().regex(/^(all|\d{1,9})$/, "Choose a container."),
    until: z.string({ error: "Until when?" }).max(20),
    reason: z
      .string({ error: "Say why: the member is shown it, and admins read it a year later." })
      .max(3000),
  }),
  async draw({ world, params, given }) {
    const { member, containers } = await memberOverview(world, params.memberId);
    return [
      section(mrkdwn`For ${bold(plain(member.name))}. They are told, with the reason.`),
      selectInput(
        { field: "spares", label: "Not stopped when" },
        [option("its hours are over", "end"), option("it is idle", "idle")],
        given.spares,
      ),
      selectInput(
        { field: "container", label: "Which containers" },
        [
          option("All of theirs", "all"),
          ...containers
            .slice(0, 99)
            .map(({ container, project }) => option(project.name, String(container.id))),
        ],
        given.container,
      ),
      instantInput({ field: "until", label: "Until" }, given.until ?? inAWeek(world.clock.now())),
      textInput({ field: "reason", label: "Why?" }, { given: given.reason, lines: true, most: 500 }),
    ];
  },
  async submitted({ world, caller, params: { memberId }, values }) {
    const { spares, container, reason } = values;
    await setExemption(world, {
      by: caller.member,
      memberId,
      containerId: container === "all" ? null : Number(container),
      spares,
      until: instantOf(values.until) ?? new Date(0),
      reason,
    });
    return show(memberPage(await memberOverview(world, memberId)));
  },
});
