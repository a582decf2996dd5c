import type { PetitionView } from "../../ledger/queries/petitions.ts";
import { limitInWords } from "../../policy/limit-words.ts";
import type { Limits } from "../../policy/policy.ts";
import { button } from "../define-action.ts";
import { at, bold, clipped, code, type Mrkdwn, mention, mrkdwn, plain } from "../mrkdwn.ts";
import { declinePetition, grantPetition } from "../pressables.ts";
import { buttons, context, type KnownBlock, type Message, section } from "./blocks.ts";

const mostReason = 600;

/** To admins: a member asks for more, with buttons while nobody has answered; else who answered what. */
export function petitionMessage(view: PetitionView, project?: string): Message {
  const { petition, member, decidedBy } = view;
  const what = asksFor(view, project);
  if (petition.state === "open")
    return {
      text: mrkdwn`${plain(member.name)} asks for more: ${what}.`,
      blocks: petitionBlocks(view, project),
    };
  const who = decidedBy ? mention(decidedBy.slackUserId) : mrkdwn`Somebody`;
  const text =
    petition.state === "granted"
      ? mrkdwn`:white_check_mark:  ${who} granted what ${mention(member.slackUserId)} asked for: ${what}.`
      : mrkdwn`:no_entry_sign:  ${who} declined what ${mention(member.slackUserId)} asked for: ${what}.`;
  return { text, blocks: [section(text), context(clipped(plain(petition.reason), mostReason))] };
}

/** The same as part of a page. */
export function petitionBlocks(view: PetitionView, project?: string): KnownBlock[] {
  const { petition, member } = view;
  const group = member.group ? mrkdwn`, ${plain(member.group)}` : mrkdwn``;
  return [
    section(
      mrkdwn`:inbox_tray:  ${mention(member.slackUserId)} (${code(member.handle ?? member.name)}${group}) asks for more: ${asksFor(view, project)}.\n>${clipped(plain(petition.reason), mostReason)}`,
    ),
    ...buttons(
      [
        button(grantPetition, "Approve", { petitionId: petition.id }, { style: "primary" }),
        button(declinePetition, "Decline", { petitionId: petition.id }),
      ],
      `petition-${petition.id}`,
    ),
  ];
}

function asksFor({ petition: { wish } }: PetitionView, project = "a container"): Mrkdwn {
  if (wish.kind === "extension")
    return mrkdwn`${bold(plain(`${wish.hours} h more for ${project}`))}, beyond the extension budget`;
  return mrkdwn`${bold(plain(limitInWords(wish.key as keyof Limits, wish.to)))}, until ${at(new Date(wish.until))}`;
}
