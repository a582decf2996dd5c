import { and, asc, eq, isNotNull, isNull, lt, sql } from "drizzle-orm";
import { outbox } from "../bot-tables.ts";
import { ends, notices } from "../end-tables.ts";
import { type Problem, problems } from "../health-tables.ts";
import { type UseMinute, useMinutes } from "../idle-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import { containers } from "../schema.ts";

/** Every problem that was ever told: there are as many as things that can be wrong. */
export async function allProblems(tx: Tx): Promise<Problem[]> {
  return tx.select().from(problems).orderBy(problems.openedAt, problems.key);
}

export async function problemByKey(tx: Tx, key: string): Promise<Problem | undefined> {
  return (await tx.select().from(problems).where(eq(problems.key, key)))[0];
}

export async function writeProblem(tx: Tx, row: Problem): Promise<void> {
  const { key: _, ...set } = row;
  await tx.insert(problems).values(row).onConflictDoUpdate({ target: problems.key, set });
}

/** A container that runs, with what is known of its use. */
export type BlindContainer = {
  name: string;
  nodeId: string;
  runningAt: Date;
  /** The end of the newest minute in which it was known what it did. */
  knownUntil: Date | undefined;
  /** What could not be read in the newest minute. */
  failed: UseMinute["failed"];
};

/** By the key of minutes, the newest first: cheap as long as something is known. */
export async function whatIsKnownOfUse(tx: Tx): Promise<BlindContainer[]> {
  const ofRun = sql`${useMinutes.containerId} = ${containers.id} and ${useMinutes.run} = ${containers.run}`;
  const known = sql`(select ${useMinutes.at} + interval '1 minute' from ${useMinutes}
    where ${ofRun} and ${useMinutes.sign} <> 'unknown' order by ${useMinutes.at} desc limit 1)`;
  const failed = sql<UseMinute["failed"] | null>`(select ${useMinutes.failed} from ${useMinutes}
    where ${ofRun} order by ${useMinutes.at} desc limit 1)`;
  const rows = await tx
    .select({
      name: containers.name,
      nodeId: sql<string>`${containers.nodeId}`,
      runningAt: sql`coalesce(${containers.runningAt}, ${containers.stateSince})`.mapWith(
        containers.stateSince,
      ),
      known: known.mapWith(useMinutes.at),
      failed,
    })
    .from(containers)
    .where(and(eq(containers.state, "running"), sql`${containers.nodeId} is not null`));
  return rows.map(({ known: at, failed: readings, ...row }) => ({
    ...row,
    knownUntil: (at as Date | null) ?? undefined,
    failed: readings ?? [],
  }));
}

/** A start that has begun before that, and that something hinders. */
export type StuckStart = { id: number; name: string; nodeId: string | null; since: Date; trouble: string };

export async function stuckStarts(tx: Tx, before: Date): Promise<StuckStart[]> {
  return tx
    .select({
      id: containers.id,
      name: containers.name,
      nodeId: containers.nodeId,
      since: containers.stateSince,
      trouble: sql<string>`${containers.trouble}`,
    })
    .from(containers)
    .where(
      and(
        eq(containers.state, "starting"),
        eq(containers.wanted, "running"),
        isNotNull(containers.trouble),
        lt(containers.stateSince, before),
      ),
    )
    .orderBy(asc(containers.id));
}

/** Messages that wait for longer than that; `notices` of them tell of an end that is armed. */
export type LateMessages = { messages: number; notices: number; people: number };

export async function lateMessages(tx: Tx, before: Date): Promise<LateMessages> {
  const isNotice = sql`exists (select from ${notices} join ${ends} on ${ends.id} = ${notices.endId}
    where ${ends.state} = 'armed' and ${outbox.news}->>'kind' = 'notice'
      and ${notices.id} = (${outbox.news}->>'noticeId')::int)`;
  const [row] = await tx
    .select({
      messages: sql<number>`count(*)::int`,
      notices: sql<number>`count(*) filter (where ${isNotice})::int`,
      people: sql<number>`count(distinct ${outbox.recipient})::int`,
    })
    .from(outbox)
    .where(and(isNull(outbox.sentAt), isNull(outbox.setAsideAt), lt(outbox.createdAt, before)));
  return row ?? { messages: 0, notices: 0, people: 0 };
}

/** Somebody, or a channel, that Slack took nothing for since a message to them was put aside. Not who has left Slack. */
export type Unreached = { recipient: string; name: string | null; error: string };

export async function unreachedSince(tx: Tx, since: Date): Promise<Unreached[]> {
  const from = sql`${since.toISOString()}::timestamptz`;
  const later = sql`exists (select from outbox later where later.sent_at > ${outbox.setAsideAt}
    and later.recipient = ${outbox.recipient} and later.ts is not null)`;
  return tx
    .selectDistinctOn([outbox.recipient], {
      recipient: outbox.recipient,
      name: sql<string | null>`coalesce(${members.handle}, ${members.name})`,
      error: sql<string>`coalesce(${outbox.error}, 'no reason')`,
    })
    .from(outbox)
    .leftJoin(members, eq(members.slackUserId, outbox.recipient))
    .where(
      and(
        sql`${outbox.setAsideAt} > ${from}`,
        sql`not ${later}`,
        sql`${members.state} is distinct from 'gone'`,
      ),
    )
    .orderBy(outbox.recipient, sql`${outbox.id} desc`);
}

/** Notices of armed ends that were written before then and not taken by Slack. */
export async function lateNotices(tx: Tx, before: Date): Promise<number> {
  const [row] = await tx
    .select({ late: sql<number>`count(*)::int` })
    .from(notices)
    .innerJoin(ends, eq(ends.id, notices.endId))
    .where(and(eq(ends.state, "armed"), isNull(notices.acceptedAt), lt(notices.writtenAt, before)));
  return row?.late ?? 0;
}

/** Those that are solved for that long are forgotten. */
export async function forgetSolved(tx: Tx, before: Date): Promise<void> {
  await tx.delete(problems).where(lt(problems.solvedAt, before));
}
