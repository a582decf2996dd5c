import { armEnd, moveEnd } from "../containers/armed-ends.ts";
import { wishEnd } from "../containers/wish.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { GoneKnownBy } from "../ledger/member-table.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfMember } from "../ledger/queries/containers.ts";
import { armedEnd, armedEnds, noticesOfEnd } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { memberBySlackUser, updateMember } from "../ledger/queries/members.ts";
import { putAsideOf } from "../ledger/queries/outbox.ts";
import type { Container, Member } from "../ledger/schema.ts";
import { tellEveryAdmin } from "../members/admins.ts";
import { shutOut } from "../members/keys.ts";
import { minutesFrom, withTimeToAnswer } from "../policy/notice-times.ts";
import { when } from "../sentence.ts";
import type { World } from "../world.ts";

/** What runs of somebody who left is stopped so much later: time for an admin to ask what it is. */
const hoursLeft = 24;

export const leftRule = "who has left Slack is stopped in a day, and the admins are told before";

/**
 * Slack says that this account is deactivated; to be called on that word alone, never because something could not be sent.
 * Keys are out at once, what waits leaves the line, what starts is cleaned away, what runs gets an end in a day, what is
 * stopped is removed in its time. Notices of all these go to the admins. Safe to repeat.
 */
export async function leftSlack(
  world: World,
  { slackUserId, knownBy }: { slackUserId: string; knownBy: GoneKnownBy },
): Promise<void> {
  const gone = await world.ledger.transaction(async (tx) => {
    const before = await memberBySlackUser(tx, slackUserId);
    if (!before || before.state === "gone") return before;
    const now = world.clock.now();
    const { state } = before;
    const member = await updateMember(tx, before.id, {
      state: "gone",
      goneSince: now,
      goneKnownBy: knownBy,
      stateBeforeGone: state,
    });
    const because = `${nameOf(before)} left Slack: the account is deactivated there.`;
    await record(tx, {
      at: now,
      what: "member-left",
      memberId: member.id,
      actor: "berth",
      because,
      evidence: { rule: "Slack itself says that the account is deactivated", knownBy, state },
    });
    await putAsideOf(tx, slackUserId, "the member left Slack", now);
    const became = await endAll(tx, world, member, because);
    // Of whoever never used the server there is nothing to tell.
    if (state === "active" || became.length > 0)
      await tellEveryAdmin(
        tx,
        world,
        {
          kind: "note",
          text: `${because} Nobody gets in with their keys any more.`,
          detail: detailOf(world, became),
        },
        now,
      );
    return member;
  });
  // Of one who was gone already too: keys that could not be written then are written now.
  if (gone) await shutOut(world, gone);
}

function nameOf({ handle, name }: Member): string {
  return handle ?? name;
}

/** A sentence for each container that there was. */
async function endAll(tx: Tx, world: World, member: Member, because: string): Promise<string[]> {
  const living = await livingOfMember(tx, member.id);
  const views = await containerViews(
    tx,
    living.map(({ id }) => id),
  );
  const became: string[] = [];
  for (const view of views) became.push(await endOne(tx, world, view, because));
  return became;
}

async function endOne(tx: Tx, world: World, view: ContainerView, because: string): Promise<string> {
  const { container, member, project } = view;
  const name = `${member.handle}/${project.name}`;
  const now = world.clock.now();
  const evidence = { rule: leftRule };
  if (container.wanted === "running" && container.state !== "running") {
    await wishEnd(tx, member, container, {
      wanted: "stopped",
      cause: "admin",
      actor: "berth",
      because,
      at: now,
      evidence,
    });
    return container.state === "waiting" ? `${name} left the line.` : `${name} is not started any more.`;
  }
  if (container.wanted === "running") await armInADay(tx, world, container, because);
  await tellAdmins(tx, world, container.id);
  if (container.wanted === "retired") return `${name} is being removed.`;
  if (container.wanted === "stopped") return `${name} is stopped, and removed in its time.`;
  const [first] = await armedEnds(tx, container.id);
  return first ? `${name} runs, and is stopped ${when(first.at)}.` : `${name} runs.`;
}

/** An admin who ends it sooner has it so. */
async function armInADay(tx: Tx, world: World, container: Container, because: string): Promise<void> {
  const at = minutesFrom(world.clock.now(), hoursLeft * 60);
  const armed = await armedEnd(tx, container.id, "admin");
  if (armed && armed.at <= at) return;
  const evidence = { rule: leftRule };
  await armEnd(tx, world, container, { reason: "admin", at, because, evidence, actor: "berth" });
}

/**
 * What its member was told of an end they can't answer any more: the admins are told anew, with the same instant. Where there
 * is no time for that, a last notice that arrived counts.
 */
async function tellAdmins(tx: Tx, world: World, containerId: number): Promise<void> {
  const now = world.clock.now();
  for (const end of await armedEnds(tx, containerId)) {
    const told = await noticesOfEnd(tx, end.id);
    if (told.length === 0) continue;
    const isInTime = withTimeToAnswer(end.at, now, world.policy.notices) <= end.at;
    const hasArrived = told.some(({ step, acceptedAt }) => step === "last" && acceptedAt !== null);
    if (!isInTime && hasArrived) continue;
    const { at, because } = end;
    const evidence = { ...end.evidence, toldAnew: "its member left Slack" };
    await moveEnd(tx, world, end, { at, because, evidence, actor: "berth" });
  }
}

function detailOf({ policy }: World, became: readonly string[]): string {
  if (became.length === 0) return "They have no container.";
  const { first_m, last_m } = policy.notices;
  return [
    ...became,
    `Before anything is stopped or removed a notice comes here, at the latest ${last_m} minutes ahead (of a stop ${first_m} too). Files in workspaces stay.`,
  ].join(" ");
}
