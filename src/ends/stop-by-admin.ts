import { Refusal } from "../errors.ts";
import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfMember } from "../ledger/queries/containers.ts";
import { allHandles, memberByHandle } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Acting } from "../members/acting.ts";
import { adminsReason } from "../members/reason.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { endAnnounced } from "./announced.ts";
import { endByAdmin } from "./by-admin.ts";

export type AdminStop = {
  by: Acting;
  handle: string;
  project: string;
  /** `now`: at once, and the person is told then. Left out: as soon as the person was told and had time to answer. */
  at?: Date | "now";
  /** Read by the person. */
  reason: string;
};

/** What became of it: stops at once, left the line, or has an end at an instant. */
export type AdminStopped =
  | { view: ContainerView; is: "stopping" }
  | { view: ContainerView; is: "left" }
  | { view: ContainerView; is: "planned"; end: End };

/** An admin stops somebody's container. A wish: what is due is done by the bot, also while Slack is away. Throws a `Refusal`. */
export async function stopByAdmin(world: World, request: AdminStop): Promise<AdminStopped> {
  const reason = adminsReason(request.reason);
  const { by, handle, project, at } = request;
  return world.ledger.write(async (tx) => {
    const view = await livingOf(tx, handle, project);
    const { container, member } = view;
    const now = world.clock.now();
    const asked = { by: by.name, actor: by.actor, reason };
    const waits = container.state === "waiting";
    if (container.wanted !== "running" || container.state === "stopped") throw endsAlready(view);
    if (waits && at !== "now")
      throw new Refusal("only-waits", `“${handle}/${project}” does not run: it waits in the line.`, {
        hint: `/berth stop ${handle}/${project} now "why" takes it out of the line.`,
      });
    if (at !== "now") {
      const end = await endAnnounced(tx, world, view, { ...asked, at: at ?? now });
      if (!end) throw endsAlready(view);
      return { view, is: "planned", end };
    }
    await endByAdmin(tx, world, view, { ...asked, at });
    if (!waits) return { view, is: "stopping" };
    // What stops is told when it has stopped; what only waited is over already.
    const text = `${by.name} took “${project}” out of the line: ${reason}.`;
    await tell(tx, member.slackUserId, { kind: "note", containerId: container.id, text }, now);
    return { view, is: "left" };
  });
}

async function livingOf(tx: Tx, handle: string, project: string): Promise<ContainerView> {
  const member = await memberByHandle(tx, handle);
  if (!member) {
    const [near] = nearest(handle, [...(await allHandles(tx))]);
    throw new Refusal("no-member", `There is nobody called “${handle.slice(0, 40)}”.`, {
      hint: near ? `Did you mean ${near}?` : "/gpu-status shows who has what.",
    });
  }
  const living = await containerViews(
    tx,
    (await livingOfMember(tx, member.id)).map(({ id }) => id),
  );
  const found = living.find((view) => view.project.name === project);
  if (found) return found;
  const names = living.map((view) => view.project.name);
  const [near] = nearest(project, names);
  const has =
    names.length > 0 ? `${handle} has ${listed(names)}.` : `${handle} has no container at the moment.`;
  throw new Refusal("no-container", `${handle} has no container called “${project.slice(0, 60)}”.`, {
    hint: near ? `Did you mean ${handle}/${near}?` : has,
  });
}

function endsAlready({ container, member, project }: ContainerView): Refusal {
  const how = container.state === "stopped" ? "is stopped" : "is being stopped";
  return new Refusal(
    "ends-already",
    `“${member.handle}/${project.name}” ${how} already. ${container.outcome ?? ""}`.trim(),
  );
}
