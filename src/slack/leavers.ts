import { backInSlack } from "../ends/back-in-slack.ts";
import { leftSlack } from "../ends/left-slack.ts";
import type { GoneKnownBy } from "../ledger/member-table.ts";
import { allMembers, memberBySlackUser } from "../ledger/queries/members.ts";
import type { Room } from "./room.ts";
import { failureOf } from "./sending.ts";

/** Slack takes some hundred of these questions a minute, and people who do something have the first claim to them. */
const pauseMs = 1_000;

type Said = "gone" | "there" | "unknown-to-slack" | "no-answer";

/** Slack tells us that something of somebody changed. That may come late, and twice: it is a reason to ask, the answer counts. */
export async function heardOfChange(
  room: Room,
  { id, deleted = false }: { id: string; deleted?: boolean },
): Promise<void> {
  room.people.forget(id);
  const member = await room.world.ledger.read((tx) => memberBySlackUser(tx, id));
  if (member && deleted !== (member.state === "gone")) await lookWhetherGone(room, id, "event");
}

/**
 * Asks Slack about somebody who is known here, and writes down what it says: they have left, or are back. Where it says
 * neither, all stays as it was. Undefined: not known here, so not asked. Throws nothing for Slack's sake.
 */
export async function lookWhetherGone(
  room: Room,
  slackUserId: string,
  knownBy: GoneKnownBy,
): Promise<Said | undefined> {
  const { world } = room;
  const member = await world.ledger.read((tx) => memberBySlackUser(tx, slackUserId));
  if (!member) return undefined;
  const said = await ask(room, slackUserId);
  if (said === "gone") await leftSlack(world, { slackUserId, knownBy });
  if (said === "there" && member.state === "gone") await backInSlack(world, { slackUserId, knownBy });
  return said;
}

async function ask({ people, world }: Room, slackUserId: string): Promise<Said> {
  people.forget(slackUserId);
  try {
    return (await people.whoIs(slackUserId)).isGone ? "gone" : "there";
  } catch (error) {
    const failure = failureOf(error);
    world.log.warn({ slackUserId, failure }, "Slack does not say whether somebody is still there");
    // That it does not know them may be because we are in another workspace than before.
    return failure.kind === "hopeless" ? "unknown-to-slack" : "no-answer";
  }
}

/**
 * Looks at everybody, one after the other, for whose leaving no event came: the bot or Slack was away. Ends early where Slack
 * does not answer.
 */
export async function lookAtEverybody(room: Room, signal: AbortSignal): Promise<void> {
  const { ledger, clock } = room.world;
  for (const { slackUserId } of await ledger.read(allMembers)) {
    if (signal.aborted || (await lookWhetherGone(room, slackUserId, "daily-look")) === "no-answer") return;
    await clock.sleep(pauseMs, signal);
  }
}
