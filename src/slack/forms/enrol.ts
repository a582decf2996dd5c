import { z } from "zod";
import { enrol, proposedHandle } from "../../members/people.ts";
import { show } from "../answer.ts";
import { defineForm } from "../define-form.ts";
import { textInput } from "../inputs.ts";
import { mrkdwn } from "../mrkdwn.ts";
import { page, section } from "../views/blocks.ts";
import { enrolled } from "../views/welcome.ts";

/** A newcomer's one question: the user name they will have in their containers. */
export const enrolForm = defineForm({
  name: "enrol",
  title: "Join the GPU server",
  submit: "Join",
  for: "anyone",
  params: z.object({}),
  fields: z.object({ handle: z.string({ error: "A user name is needed." }).max(200) }),
  async draw({ world, caller, given }) {
    return [
      section(mrkdwn`You need one thing: a user name inside your containers. It can't be changed later.`),
      textInput(
        {
          field: "handle",
          label: "User name",
          hint: "2 to 31 lower-case letters, digits and single dashes, beginning with a letter.",
        },
        { given: given.handle ?? (await proposedHandle(world, caller.member)), most: 200 },
      ),
    ];
  },
  async submitted({ world, caller, values }) {
    const member = await enrol(world, { member: caller.member, handle: values.handle });
    return show(page("Join the GPU server", enrolled(member).blocks));
  },
});
