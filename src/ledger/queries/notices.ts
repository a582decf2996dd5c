import { and, asc, eq, gt, sql } from "drizzle-orm";
import { type End, type EndReason, ends, notices } from "../end-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { containers, projects } from "../schema.ts";

/** Every notice of an end, and the Slack user or channel it is for. */
export async function noticesToldOf(
  tx: Tx,
  { id, containerId }: Pick<End, "id" | "containerId">,
): Promise<{ noticeId: number; recipient: string }[]> {
  return tx
    .select({
      noticeId: notices.id,
      recipient: sql<string>`coalesce(${notices.recipient}, ${members.slackUserId})`,
    })
    .from(notices)
    .innerJoin(containers, eq(containers.id, containerId))
    .innerJoin(members, eq(members.id, containers.memberId))
    .where(eq(notices.endId, id))
    .orderBy(asc(notices.id));
}

/** The end to which a moved one was moved, or the one that says it by now. */
export async function followingEnd(tx: Tx, end: End): Promise<End | undefined> {
  const [next] = await tx
    .select()
    .from(ends)
    .where(and(eq(ends.containerId, end.containerId), eq(ends.reason, end.reason), gt(ends.id, end.id)))
    .orderBy(asc(ends.id))
    .limit(1);
  return next;
}

/** A container in which it is to be said when it ends: a notice of an end of this run was accepted. */
export type ToTellInside = {
  containerId: number;
  nodeId: string;
  engineId: string;
  project: string;
  handle: string;
  uid: number;
  /** The earliest armed end, as it is now. */
  end: { id: number; at: Date; reason: EndReason; because: string };
  /** The newest accepted notice of that end; null: notices were of another, which was moved or called off. */
  notice: { id: number; step: "first" | "last" } | null;
};

/** Few rows, whatever the history: only containers that run and were noticed. */
export async function toTellInside(tx: Tx): Promise<ToTellInside[]> {
  const end = sql<{ id: number; at: string; reason: EndReason; because: string } | null>`(
    select json_build_object('id', id, 'at', at, 'reason', reason, 'because', because)
    from ends where container_id = ${containers.id} and state = 'armed' order by at, id limit 1)`;
  const notice = sql<{ id: number; step: "first" | "last" } | null>`(
    select json_build_object('id', notices.id, 'step', notices.step)
    from notices where accepted_at is not null and end_id = (
      select id from ends where container_id = ${containers.id} and state = 'armed' order by at, id limit 1)
    order by notices.id desc limit 1)`;
  const rows = await tx
    .select({
      containerId: containers.id,
      nodeId: containers.nodeId,
      engineId: containers.engineId,
      project: projects.name,
      handle: members.handle,
      uid: members.uid,
      end,
      notice,
    })
    .from(containers)
    .innerJoin(projects, eq(projects.id, containers.projectId))
    .innerJoin(members, eq(members.id, containers.memberId))
    .where(
      and(
        sql`${containers.state} = 'running' and ${containers.wanted} = 'running'`,
        sql`exists (select from ends join notices on notices.end_id = ends.id
          where ends.container_id = ${containers.id} and ends.run = ${containers.run} and notices.accepted_at is not null)`,
      ),
    );
  return rows.flatMap(({ nodeId, engineId, handle, uid, end, ...row }) =>
    nodeId && engineId && handle && uid !== null && end
      ? [{ ...row, nodeId, engineId, handle, uid, end: { ...end, at: new Date(end.at) } }]
      : [],
  );
}
