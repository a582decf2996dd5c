import type { Member } from "../../ledger/schema.ts";
import { counted } from "../../sentence.ts";
import { button } from "../define-action.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { openMember, seeMembers } from "../pressables.ts";
import { buttons, context, type Message, saying, section } from "./blocks.ts";

const rowsAPage = 15;
/** What a button carries back. */
const mostLetters = 100;

/** For admins: everybody whom the words fit, from that one on. */
export function membersMessage(all: readonly Member[], query: string, from = 0): Message {
  const asked = query.trim().slice(0, mostLetters);
  const first = Math.min(Math.max(0, from), Math.max(0, all.length - 1));
  const shown = all.slice(first, first + rowsAPage);
  const last = first + shown.length;
  const summary =
    asked === ""
      ? mrkdwn`${plain(counted(all.length, "person is", "people are"))} known to me.`
      : mrkdwn`${plain(counted(all.length, "person", "people"))} for “${plain(asked)}”.`;
  if (shown.length === 0)
    return {
      text: summary,
      blocks: [
        saying(`Nobody fits “${asked}”. I look in names, user names and groups.`),
        ...buttons([button(seeMembers, "Show all", { query: "", from: 0 })]),
      ],
    };
  return {
    text: summary,
    blocks: [
      section(bold(summary)),
      ...shown.map((member) => section(line(member), button(openMember, "Open", { memberId: member.id }))),
      context(
        mrkdwn`${first + 1} to ${last} of ${all.length}. Find others with ${code("/berth members ana")}, or a group's with ${code("/berth members student")}.`,
      ),
      ...buttons([
        first > 0
          ? button(seeMembers, "Back", { query: asked, from: Math.max(0, first - rowsAPage) })
          : undefined,
        last < all.length ? button(seeMembers, "More", { query: asked, from: last }) : undefined,
      ]),
    ],
  };
}

function line(member: Member): Mrkdwn {
  return joined(
    [
      bold(plain(member.name)),
      member.handle ? code(member.handle) : undefined,
      member.group ? plain(member.group) : undefined,
      stateOf(member),
    ],
    "  ·  ",
  );
}

/** What is to be said of somebody who does not use the server. */
export function stateOf({ state, goneSince }: Member): Mrkdwn | undefined {
  switch (state) {
    case "active":
      return undefined;
    case "new":
      return mrkdwn`has not asked to be let in`;
    case "asking":
      return mrkdwn`asks to be let in`;
    case "declined":
      return mrkdwn`was declined`;
    case "gone":
      return goneSince ? mrkdwn`has left Slack, known since ${at(goneSince)}` : mrkdwn`has left Slack`;
  }
}
