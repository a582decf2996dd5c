import type { Member } from "../../ledger/schema.ts";
import { counted } from "../../sentence.ts";
import { button } from "../define-action.ts";
import { option } from "../inputs.ts";
import { bold, code, mention, mrkdwn, plain } from "../mrkdwn.ts";
import { addKey, approveMember, declineMember, enrolMe, newContainer } from "../pressables.ts";
import { buttons, context, type Message, plainText, section } from "./blocks.ts";

/** First contact: three lines and the next step. */
export function welcome(member: Member, prefix: string): Message {
  const text = mrkdwn`Welcome, ${plain(member.name)}. I am the front desk of the GPU server.`;
  const known = member.state === "active";
  return {
    text,
    blocks: [
      section(
        mrkdwn`:wave:  ${text}\nAsk me for a container with a GPU, by ${code(`/${prefix}container-deploy`)}, and you get an SSH command back.\n${
          known
            ? mrkdwn`First I need your public SSH key, so that you can sign in.`
            : mrkdwn`First I need to know what you want to be called on the server.`
        }`,
      ),
      ...buttons([
        known
          ? button(addKey, "Add an SSH key", {}, { style: "primary" })
          : button(enrolMe, "Choose my user name", {}, { style: "primary" }),
      ]),
    ],
  };
}

/** After a newcomer chose a handle. */
export function enrolled(member: Member): Message {
  const who = code(member.handle ?? "");
  if (member.state === "active") {
    const text = mrkdwn`You are ${who} on the server now.`;
    return {
      text,
      blocks: [
        section(mrkdwn`:tada:  ${text} One thing is missing: your public SSH key.`),
        ...buttons([
          button(addKey, "Add an SSH key", {}, { style: "primary" }),
          button(newContainer, "New container", {}),
        ]),
      ],
    };
  }
  const text = mrkdwn`You will be ${who}. An admin has been asked to let you in.`;
  return {
    text,
    blocks: [
      section(mrkdwn`:hourglass_flowing_sand:  ${text}`),
      context(mrkdwn`You will hear from me in our conversation as soon as they have answered.`),
    ],
  };
}

/** To an admin: somebody asks to be let in. */
export function enrolmentAsk(member: Member, groups: readonly string[], defaultGroup: string): Message {
  const who = mrkdwn`${mention(member.slackUserId)} (${plain(member.name)})`;
  const text = mrkdwn`${who} asks to join as ${code(member.handle ?? "")}.`;
  const others = groups.filter((group) => group !== defaultGroup);
  return {
    text,
    blocks: [
      section(mrkdwn`:wave:  ${text}`),
      ...buttons([
        button(
          approveMember,
          `Let in as ${defaultGroup}`,
          { m: member.id, g: defaultGroup },
          { style: "primary" },
        ),
        others.length > 0
          ? {
              type: "static_select",
              action_id: `${approveMember.name}:other`,
              placeholder: plainText("Let in as…", 150),
              options: others
                .slice(0, 100)
                .map((group) => option(group, JSON.stringify({ m: member.id, g: group }))),
            }
          : undefined,
        button(declineMember, "Decline", { m: member.id }),
      ]),
    ],
  };
}

/** All who ask at the moment. */
export function approvals(
  asking: readonly Member[],
  groups: readonly string[],
  defaultGroup: string,
): Message {
  if (asking.length === 0) {
    const text = mrkdwn`Nobody asks to be let in.`;
    return { text, blocks: [section(text)] };
  }
  const text = mrkdwn`${plain(counted(asking.length, "person", "people"))} ${asking.length === 1 ? mrkdwn`asks` : mrkdwn`ask`} to be let in.`;
  const shown = asking.slice(0, 20);
  return { text, blocks: shown.flatMap((member) => enrolmentAsk(member, groups, defaultGroup).blocks) };
}

/** What the asking becomes once it is answered. */
export function enrolmentAnswered(member: Member, by: Member): Message {
  const text =
    member.state === "active"
      ? mrkdwn`:white_check_mark:  ${mention(by.slackUserId)} let ${mention(member.slackUserId)} in as ${code(member.handle ?? "")}, group ${bold(plain(member.group ?? ""))}.`
      : mrkdwn`:no_entry_sign:  ${mention(by.slackUserId)} declined ${mention(member.slackUserId)}.`;
  return { text, blocks: [section(text)] };
}
