import { and, asc, desc, eq, gt, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { type OutboxRow, outbox } from "../bot-tables.ts";
import type { Tx } from "../ledger.ts";
import type { News } from "../news.ts";
import { containers } from "../schema.ts";

/**
 * Tells somebody something, in the transaction that makes it true: it will arrive, after what they were told before.
 * `recipient` is a Slack user or channel id. Who has left Slack is told nothing: Slack would not take it.
 */
export async function tell(tx: Tx, recipient: string, news: News, at: Date): Promise<void> {
  await tx.execute(sql`
    insert into outbox (recipient, news, created_at)
    select ${recipient}::text, ${JSON.stringify(news)}::jsonb, ${at.toISOString()}::timestamptz
    where not exists (select from members where slack_user_id = ${recipient} and state = 'gone')`);
}

/** Nothing that waits for them will be sent any more: they have left Slack. */
export async function putAsideOf(tx: Tx, recipient: string, error: string, at: Date): Promise<void> {
  const open = and(isNull(outbox.sentAt), isNull(outbox.setAsideAt));
  await tx
    .update(outbox)
    .set({ setAsideAt: at, error })
    .where(and(open, eq(outbox.recipient, recipient)));
}

/**
 * What is to be sent: the first few of each recipient's line, oldest first, whoever waits longest first. `except`: ids that
 * are as if they were not there.
 */
export async function unsent(
  tx: Tx,
  { mostOfEach, most, except }: { mostOfEach: number; most: number; except: readonly number[] },
): Promise<OutboxRow[]> {
  const open = and(
    isNull(outbox.sentAt),
    isNull(outbox.setAsideAt),
    sql`${outbox.id} <> all(${sql.param([...except])}::bigint[])`,
  );
  const lines = tx
    .select({
      id: outbox.id,
      place: sql<number>`row_number() over (partition by ${outbox.recipient} order by ${outbox.id})`.as(
        "place",
      ),
    })
    .from(outbox)
    .where(open)
    .as("lines");
  return tx
    .select({ row: outbox })
    .from(outbox)
    .innerJoin(lines, eq(lines.id, outbox.id))
    .where(and(open, lte(lines.place, mostOfEach)))
    .orderBy(asc(lines.place), asc(outbox.id))
    .limit(most)
    .then((rows) => rows.map(({ row }) => row));
}

/** Before each sending, in a commit of its own: a message that kills the bot is found by its attempts. */
export async function noteAttempt(tx: Tx, id: number, at: Date): Promise<void> {
  await tx
    .update(outbox)
    .set({ attempts: sql`${outbox.attempts} + 1`, attemptedAt: at })
    .where(eq(outbox.id, id));
}

/** Slack said ok; `place` is where the message stands, if it is one. */
export async function noteReceipt(
  tx: Tx,
  id: number,
  at: Date,
  place: { channel: string; ts: string } | undefined,
): Promise<void> {
  await tx
    .update(outbox)
    .set({ sentAt: at, channel: place?.channel ?? null, ts: place?.ts ?? null, error: null })
    .where(eq(outbox.id, id));
}

/** Where the container's living message stands from now on. */
export async function noteCard(
  tx: Tx,
  containerId: number,
  place: { channel: string; ts: string },
): Promise<void> {
  await tx
    .update(containers)
    .set({ cardChannel: place.channel, cardTs: place.ts })
    .where(eq(containers.id, containerId));
}

/** It was not sent this time; `error` is Slack's word for it, for the operator. */
export async function noteFailure(tx: Tx, id: number, error: string): Promise<void> {
  await tx.update(outbox).set({ error }).where(eq(outbox.id, id));
}

/** It will not be sent any more, so that it does not hold up what comes after it. */
export async function putAside(tx: Tx, id: number, error: string, at: Date): Promise<void> {
  await tx.update(outbox).set({ setAsideAt: at, error }).where(eq(outbox.id, id));
}

/** Nothing that waits will be sent any more; how many that were. */
export async function putAsideAll(tx: Tx, error: string, at: Date): Promise<number> {
  const open = and(isNull(outbox.sentAt), isNull(outbox.setAsideAt));
  const rows = await tx
    .update(outbox)
    .set({ setAsideAt: at, error })
    .where(open)
    .returning({ id: outbox.id });
  return rows.length;
}

/** Whether a newer drawing of the same container's card waits for the same person: then this one need not be sent. */
export async function newerCardWaits(tx: Tx, row: OutboxRow, containerId: number): Promise<boolean> {
  const newer = and(
    eq(outbox.recipient, row.recipient),
    gt(outbox.id, row.id),
    isNull(outbox.sentAt),
    isNull(outbox.setAsideAt),
    sql`${outbox.news}->>'kind' = 'card'`,
    sql`(${outbox.news}->>'containerId')::int = ${containerId}`,
  );
  return (await tx.select({ id: outbox.id }).from(outbox).where(newer).limit(1)).length > 0;
}

/** The same for the living message of a build. */
export async function newerBuildWaits(tx: Tx, row: OutboxRow, buildId: number): Promise<boolean> {
  const newer = and(
    eq(outbox.recipient, row.recipient),
    gt(outbox.id, row.id),
    isNull(outbox.sentAt),
    isNull(outbox.setAsideAt),
    sql`${outbox.news}->>'kind' = 'build'`,
    sql`(${outbox.news}->>'buildId')::int = ${buildId}`,
  );
  return (await tx.select({ id: outbox.id }).from(outbox).where(newer).limit(1)).length > 0;
}

/** Where the living message about a problem stands, and whether it says that it is open. Undefined: it was never posted. */
export async function problemPlace(
  tx: Tx,
  recipient: string,
  key: string,
): Promise<{ place: { channel: string; ts: string }; isOpen: boolean } | undefined> {
  const [last] = await tx
    .select({ channel: outbox.channel, ts: outbox.ts, state: sql<string>`${outbox.news}->>'state'` })
    .from(outbox)
    .where(
      and(
        eq(outbox.recipient, recipient),
        isNotNull(outbox.ts),
        sql`${outbox.news}->>'kind' = 'problem' and ${outbox.news}->>'key' = ${key}`,
      ),
    )
    .orderBy(desc(outbox.id))
    .limit(1);
  return last?.channel && last.ts
    ? { place: { channel: last.channel, ts: last.ts }, isOpen: last.state === "open" }
    : undefined;
}

/** Where the message to that admin about a petition stands. */
export async function petitionPlace(
  tx: Tx,
  recipient: string,
  petitionId: number,
): Promise<{ channel: string; ts: string } | undefined> {
  const about = sql`${outbox.news}->>'kind' = 'petition' and (${outbox.news}->>'petitionId')::int = ${petitionId}`;
  const [last] = await tx
    .select({ channel: outbox.channel, ts: outbox.ts })
    .from(outbox)
    .where(and(eq(outbox.recipient, recipient), isNotNull(outbox.ts), about))
    .orderBy(desc(outbox.id))
    .limit(1);
  return last?.channel && last.ts ? { channel: last.channel, ts: last.ts } : undefined;
}

/** How many wait, how many were put aside, and since when the oldest waits: for the operator. */
export async function outboxState(
  tx: Tx,
): Promise<{ waiting: number; aside: number; oldest: Date | undefined }> {
  const [row] = await tx
    .select({
      waiting: sql<number>`count(*) filter (where ${outbox.setAsideAt} is null)::int`,
      aside: sql<number>`count(*) filter (where ${outbox.setAsideAt} is not null)::int`,
      oldest: sql<string | null>`min(${outbox.createdAt}) filter (where ${outbox.setAsideAt} is null)`,
    })
    .from(outbox)
    .where(isNull(outbox.sentAt));
  return {
    waiting: row?.waiting ?? 0,
    aside: row?.aside ?? 0,
    oldest: row?.oldest ? new Date(row.oldest) : undefined,
  };
}
