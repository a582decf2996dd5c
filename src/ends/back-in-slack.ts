import { cancelEnd, moveEnd } from "../containers/armed-ends.ts";
import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { GoneKnownBy } from "../ledger/member-table.ts";
import { livingOfMember } from "../ledger/queries/containers.ts";
import { armedEnds, endById, noticesOfEnd } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { memberBySlackUser, updateMember } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { tellEveryAdmin } from "../members/admins.ts";
import { publishKeys } from "../members/keys.ts";
import { counted } from "../sentence.ts";
import type { World } from "../world.ts";
import { leftRule } from "./left-slack.ts";

/**
 * Slack says that somebody who had left has an account again: they are who they were, with their projects, images and keys.
 * The end that their leaving brought is called off, and of every other they are told themselves, with the time to answer.
 * Nothing is done for one who is not known to have left.
 */
export async function backInSlack(
  world: World,
  { slackUserId, knownBy }: { slackUserId: string; knownBy: GoneKnownBy },
): Promise<void> {
  const back = await world.ledger.transaction(async (tx) => {
    const before = await memberBySlackUser(tx, slackUserId);
    if (before?.state !== "gone") return undefined;
    const now = world.clock.now();
    const state = before.stateBeforeGone ?? "new";
    const member = await updateMember(tx, before.id, {
      state,
      goneSince: null,
      goneKnownBy: null,
      stateBeforeGone: null,
    });
    const because = `${member.handle ?? member.name} is back in Slack.`;
    await record(tx, {
      at: now,
      what: "member-back",
      memberId: member.id,
      actor: "berth",
      because,
      evidence: {
        rule: "Slack itself says that the account is active",
        knownBy,
        state,
        goneSince: before.goneSince,
      },
    });
    const living = await livingOfMember(tx, member.id);
    for (const { id } of living)
      for (const end of await armedEnds(tx, id)) await giveBack(tx, world, end, because);
    if (state !== "active") return member;
    await tell(tx, slackUserId, welcomeBack(living.length), now);
    for (const { id: containerId } of living)
      await tell(tx, slackUserId, { kind: "card", containerId, fresh: true }, now);
    await tellEveryAdmin(
      tx,
      world,
      { kind: "note", text: because, detail: "Their keys let them in again." },
      now,
    );
    return member;
  });
  if (back) await publishKeys(world, back.id);
}

async function giveBack(tx: Tx, world: World, end: End, because: string): Promise<void> {
  const { rule, movedEnd } = end.evidence;
  const isOfLeaving = rule === leftRule;
  // An admin, or a drain, was to end it later.
  const before = isOfLeaving && typeof movedEnd === "number" ? await endById(tx, movedEnd) : undefined;
  if (isOfLeaving && !before) {
    const evidence = { rule: "who is back has not left" };
    return cancelEnd(tx, end, { at: world.clock.now(), because, evidence, actor: "berth" });
  }
  if (!isOfLeaving && (await noticesOfEnd(tx, end.id)).length === 0) return;
  const { at, because: why, actor } = before ?? end;
  const evidence = { ...(before ?? end).evidence, toldAnew: because };
  await moveEnd(tx, world, end, { at, because: why, evidence, actor });
}

function welcomeBack(containers: number) {
  return {
    kind: "note" as const,
    text: "Welcome back. Your projects, images and keys are as you left them.",
    detail:
      containers === 0
        ? "You have no container; /container-deploy makes one from any of your images."
        : `You have ${counted(containers, "container")}: what became of ${containers === 1 ? "it" : "each"} is below.`,
  };
}
