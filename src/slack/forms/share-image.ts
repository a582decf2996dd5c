import { z } from "zod";
import { Refusal } from "../../errors.ts";
import { imageById } from "../../images/list.ts";
import { shareImage } from "../../images/share.ts";
import { memberBySlackUser } from "../../ledger/queries/members.ts";
import { show } from "../answer.ts";
import { active } from "../caller.ts";
import { button, confirm } from "../define-action.ts";
import { defineForm } from "../define-form.ts";
import { personInput } from "../inputs.ts";
import { bold, code, mention, mrkdwn, plain } from "../mrkdwn.ts";
import { endShare } from "../pressables.ts";
import { context, type KnownBlock, page, section } from "../views/blocks.ts";

/** Who else may deploy an image. */
export const shareImageForm = defineForm({
  name: "share-image",
  title: "Share an image",
  submit: "Share",
  for: "members",
  params: z.object({ imageId: z.int().positive() }),
  fields: z.object({ member: z.string({ error: "Choose a colleague." }).max(40) }),
  async draw({ world, caller, params }) {
    const by = active(caller.member);
    const { image, sharedWith } = await imageById(world, { by, imageId: params.imageId });
    return [
      section(
        mrkdwn`They may deploy ${bold(plain(image.name))} and all its tags, as ${code(`${by.handle}/${image.name}`)}. They can't change it, and see none of your files.`,
      ),
      personInput({ field: "member", label: "Share with" }),
      ...(sharedWith.length > 0 ? [context(mrkdwn`Shared now with:`)] : []),
      ...sharedWith.slice(0, 40).map(
        (member): KnownBlock =>
          section(
            mention(member.slackUserId),
            button(
              endShare,
              "End sharing",
              { imageId: image.id, memberId: member.id },
              {
                confirm: confirm(
                  `End sharing ${image.name}?`,
                  `${member.name} can't deploy it any more and is told so. Containers that run with it go on.`,
                  "End it",
                ),
              },
            ),
          ),
      ),
    ];
  },
  async submitted({ world, caller, params, values }) {
    const by = active(caller.member);
    const other = await world.ledger.read((tx) => memberBySlackUser(tx, values.member));
    if (!other)
      throw new Refusal(
        "not-a-member",
        "They do not use this server yet, so there is nothing to share with.",
        {
          field: "member",
          hint: "They ask to be let in by writing to Berth; share it then.",
        },
      );
    const { image } = await shareImage(world, { by, imageId: params.imageId, withMemberId: other.id });
    return show(
      page("Share an image", [
        section(
          mrkdwn`:handshake:  ${mention(other.slackUserId)} may deploy it as ${code(`${by.handle}/${image.name}`)} now, and is told so.`,
        ),
      ]),
    );
  },
});
