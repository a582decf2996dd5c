import type { Exemption, Override } from "../../ledger/limit-tables.ts";
import type { MemberOverview } from "../../members/overview.ts";
import { sparedInWords } from "../../members/spared.ts";
import { limitInWords } from "../../policy/limit-words.ts";
import type { Limits } from "../../policy/policy.ts";
import { capital } from "../../sentence.ts";
import { button, confirm } from "../define-action.ts";
import { option } from "../inputs.ts";
import { at, bold, clipped, code, joined, type Mrkdwn, mention, mrkdwn, plain } from "../mrkdwn.ts";
import { addExemption, addOverride, endExemption, endOverride, moveToGroup } from "../pressables.ts";
import {
  buttons,
  context,
  divider,
  type KnownBlock,
  type ModalView,
  page,
  plainText,
  section,
} from "./blocks.ts";
import { containerLine } from "./list.ts";
import { stateOf } from "./members.ts";
import { petitionBlocks } from "./petition.ts";

const mostContainers = 15;
const mostOfEach = 15;
const mostReason = 300;

/** For admins: one member, and what they can change of them. */
export function memberPage(shown: MemberOverview): ModalView {
  const { member, containers, overrides, exemptions, petitions } = shown;
  return page(member.handle ?? "Member", [
    section(who(shown)),
    ...(member.state === "active" ? groupSelect(shown) : []),
    ...petitions
      .slice(0, mostOfEach)
      .flatMap((petition) => [divider(), ...petitionBlocks({ petition, member, decidedBy: null })]),
    divider(),
    section(bold(mrkdwn`What they have`)),
    ...(containers.length > 0
      ? [section(joined(containers.slice(0, mostContainers).map(containerLine), "\n"))]
      : [context(mrkdwn`No container.`)]),
    ...(member.state === "active"
      ? [
          divider(),
          section(bold(mrkdwn`Limits set for them alone`)),
          ...(overrides.length > 0
            ? overrides.slice(0, mostOfEach).map((one) => overrideRow(member.id, one))
            : [context(mrkdwn`None: their group's limits count.`)]),
          ...buttons([button(addOverride, "Set a limit", { memberId: member.id })], "set-limit"),
          divider(),
          section(bold(mrkdwn`Exemptions`)),
          ...(exemptions.length > 0
            ? exemptions.slice(0, mostOfEach).map((one) => exemptionRow(shown, one))
            : [context(mrkdwn`None.`)]),
          ...buttons([button(addExemption, "Add an exemption", { memberId: member.id })], "exempt"),
        ]
      : []),
  ]);
}

function who({ member }: MemberOverview): Mrkdwn {
  return joined(
    [
      mention(member.slackUserId),
      member.handle ? code(member.handle) : undefined,
      member.uid === null ? undefined : mrkdwn`uid ${code(String(member.uid))}`,
      mrkdwn`known since ${at(member.createdAt)}`,
      stateOf(member),
    ],
    "  ·  ",
  );
}

/** A group that the policy no longer has stands there as what it is: nothing to choose. */
function groupSelect({ member, groups }: MemberOverview): KnownBlock[] {
  const choices = groups
    .slice(0, 100)
    .map((group) => option(group, JSON.stringify({ m: member.id, g: group, seen: member.group })));
  const now = choices[groups.indexOf(member.group ?? "")];
  return [
    {
      type: "section",
      block_id: "group",
      text: { type: "mrkdwn", text: bold(mrkdwn`Group`) },
      accessory: {
        type: "static_select",
        action_id: moveToGroup.name,
        placeholder: plainText(member.group ?? "Choose a group", 150),
        options: choices,
        ...(now ? { initial_option: now } : {}),
      },
    },
  ];
}

function overrideRow(memberId: number, override: Override): KnownBlock {
  const { id, key, value, until, reason } = override;
  const end = until ? mrkdwn`until ${at(until)}` : mrkdwn`without an end`;
  return section(
    mrkdwn`${bold(plain(capital(limitInWords(key as keyof Limits, value.to))))}, ${end}\n${clipped(plain(reason), mostReason)}`,
    button(
      endOverride,
      "End",
      { memberId, overrideId: id },
      {
        confirm: confirm(
          "End this limit?",
          "Their group's limit counts again from the next container on. They are told.",
          "End it",
        ),
      },
    ),
  );
}

function exemptionRow({ member, containers }: MemberOverview, exemption: Exemption): KnownBlock {
  const { id, spares, containerId, until, reason } = exemption;
  const container = containers.find((view) => view.container.id === containerId)?.project.name;
  const what = sparedInWords(
    spares,
    containerId === null ? undefined : (container ?? "a container that is gone"),
  );
  return section(
    mrkdwn`${bold(plain(capital(what)))}, until ${at(until)}\n${clipped(plain(reason), mostReason)}`,
    button(
      endExemption,
      "End",
      { memberId: member.id, exemptionId: id },
      {
        confirm: confirm(
          "End this exemption?",
          "Ends come again as for everybody, each with its notices. They are told.",
          "End it",
        ),
      },
    ),
  );
}
