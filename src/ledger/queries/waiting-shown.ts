import { eq, sql } from "drizzle-orm";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { type Container, containers, projects } from "../schema.ts";
import { inLineOrder } from "./line-order.ts";

/** A request in the line with whose it is and what it is called. */
export type WaitingShown = {
  container: Container;
  project: string;
  handle: string;
  slackUserId: string;
};

/** In the order of the line, those that are passed over among them. */
export async function waitingShown(tx: Tx): Promise<WaitingShown[]> {
  return tx
    .select({
      container: containers,
      project: projects.name,
      handle: sql<string>`coalesce(${members.handle}, '')`,
      slackUserId: members.slackUserId,
    })
    .from(containers)
    .innerJoin(projects, eq(projects.id, containers.projectId))
    .innerJoin(members, eq(members.id, containers.memberId))
    .where(sql`${containers.state} = 'waiting'`)
    .orderBy(...inLineOrder);
}
