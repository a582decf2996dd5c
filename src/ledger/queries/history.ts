import { and, desc, eq, lt, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { type Event, events } from "../event-table.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { containers, projects } from "../schema.ts";

/** Whose history: of everything, a project's containers, one GPU, one server, or a member's: by them, about them and what is theirs. */
export type About =
  | { kind: "all" }
  | { kind: "project"; projectId: number }
  | { kind: "gpu"; gpuUuid: string }
  | { kind: "node"; nodeId: string }
  | { kind: "member"; memberId: number };

/** An event with what it names, in words: `of` is `ana/vision`, a user name, or null; `by` is null for Berth itself. */
export type HistoryLine = Event & { of: string | null; by: string | null };

/** The newest first, those before `before` (an event's number). */
export async function history(
  tx: Tx,
  about: About,
  { most, before }: { most: number; before?: number | undefined },
): Promise<HistoryLine[]> {
  const actors = alias(members, "actors");
  const actor = sql`${actors.id} = case when ${events.actor} like 'member:%' then substring(${events.actor} from 8)::int end`;
  const login = sql`case when ${events.actor} like 'cli:%' then coalesce(nullif(substring(${events.actor} from 5), ''), 'an admin') end`;
  const rows = await tx
    .select({
      event: events,
      handle: members.handle,
      name: members.name,
      project: projects.name,
      by: sql<string | null>`coalesce(${actors.handle}, ${actors.name}, ${login})`,
    })
    .from(events)
    .leftJoin(containers, eq(containers.id, events.containerId))
    .leftJoin(projects, eq(projects.id, containers.projectId))
    .leftJoin(members, sql`${members.id} = coalesce(${events.memberId}, ${containers.memberId})`)
    .leftJoin(actors, actor)
    .where(and(concerns(about), before === undefined ? undefined : lt(events.id, before)))
    .orderBy(desc(events.id))
    .limit(most);
  return rows.map(({ event, handle, name, project, by }) => {
    const who = handle ?? name;
    return { ...event, by, of: project === null ? who : `${who}/${project}` };
  });
}

function concerns(about: About): SQL | undefined {
  switch (about.kind) {
    case "all":
      return undefined;
    case "project":
      return sql`${events.containerId} in (select id from containers where project_id = ${about.projectId})`;
    case "node":
      return eq(events.nodeId, about.nodeId);
    case "member":
      return ofMember(about.memberId);
    case "gpu": {
      // A GPU that is drained is named itself, also where only its slices are devices.
      const ofGpu = sql`(select id from devices where gpu_uuid = ${about.gpuUuid} union select ${about.gpuUuid})`;
      // A container's own history, for as long as it held the GPU or a part of it.
      const held = sql`exists (
        select from leases where leases.container_id = ${events.containerId} and leases.gpu_uuid = ${about.gpuUuid}
          and ${events.at} between leases.granted_at and coalesce(leases.ended_at, 'infinity'))`;
      return or(sql`${events.deviceId} in ${ofGpu}`, held);
    }
  }
}

function ofMember(memberId: number): SQL | undefined {
  // Of a device that is not given on it is the container that says whose it was.
  const theirs = sql`(${events.containerId} in (select id from containers where member_id = ${memberId})
    or ${events.imageId} in (select id from images where member_id = ${memberId}))`;
  const sharedWith = sql`${events.evidence}->>'withMemberId' = ${String(memberId)}`;
  const unreached = sql`${events.evidence}->>'problem' = (
    select 'unreached ' || slack_user_id from members where id = ${memberId})`;
  return or(
    eq(events.memberId, memberId),
    eq(events.actor, `member:${memberId}`),
    theirs,
    sharedWith,
    unreached,
  );
}

/** Projects of that name, whoever has them. */
export async function projectsCalled(tx: Tx, name: string): Promise<{ id: number; handle: string }[]> {
  return tx
    .select({ id: projects.id, handle: sql<string>`${members.handle}` })
    .from(projects)
    .innerJoin(members, eq(members.id, projects.memberId))
    .where(eq(projects.name, name))
    .orderBy(members.handle);
}
