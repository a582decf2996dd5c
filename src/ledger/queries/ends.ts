import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import { type End, type EndReason, type EndState, ends, type Notice, notices } from "../end-tables.ts";
import type { Tx } from "../ledger.ts";
import { type Exemption, exemptions } from "../limit-tables.ts";
import { members } from "../member-table.ts";
import { type Container, containers } from "../schema.ts";
import { type ContainerView, containerViews } from "./container-views.ts";

/** The container's ends that will happen, the earliest first: that one is shown and noticed. */
export async function armedEnds(tx: Tx, containerId: number): Promise<End[]> {
  return tx
    .select()
    .from(ends)
    .where(and(eq(ends.containerId, containerId), eq(ends.state, "armed")))
    .orderBy(asc(ends.at), asc(ends.id));
}

/** Every end that will happen, in the order they were armed. */
export async function allArmedEnds(tx: Tx): Promise<End[]> {
  return tx.select().from(ends).where(eq(ends.state, "armed")).orderBy(asc(ends.id));
}

/** Every end of that reason that will happen. */
export async function armedEndsOf(tx: Tx, reason: EndReason): Promise<End[]> {
  return (await allArmedEnds(tx)).filter((end) => end.reason === reason);
}

/** The container's armed end of that reason, if there is one. */
export async function armedEnd(tx: Tx, containerId: number, reason: EndReason): Promise<End | undefined> {
  return (await armedEnds(tx, containerId)).find((end) => end.reason === reason);
}

export async function endById(tx: Tx, id: number): Promise<End | undefined> {
  return (await tx.select().from(ends).where(eq(ends.id, id)))[0];
}

export async function insertEnd(tx: Tx, row: typeof ends.$inferInsert): Promise<End> {
  const [inserted] = await tx.insert(ends).values(row).returning();
  if (!inserted) throw new Error("the end's row was not returned");
  return inserted;
}

/** Closes an end that is armed; undefined if it is not any more. */
export async function closeEnd(
  tx: Tx,
  endId: number,
  state: Exclude<EndState, "armed">,
  at: Date,
): Promise<End | undefined> {
  const [closed] = await tx
    .update(ends)
    .set({ state, closedAt: at })
    .where(and(eq(ends.id, endId), eq(ends.state, "armed")))
    .returning();
  return closed;
}

/** The notices of an end, the oldest first. */
export async function noticesOfEnd(tx: Tx, endId: number): Promise<Notice[]> {
  return tx.select().from(notices).where(eq(notices.endId, endId)).orderBy(asc(notices.id));
}

/** Undefined: it is written already. */
export async function insertNotice(
  tx: Tx,
  row: Pick<Notice, "endId" | "step" | "attempt" | "writtenAt"> & { recipient?: string },
): Promise<Notice | undefined> {
  return (await tx.insert(notices).values(row).onConflictDoNothing().returning())[0];
}

/**
 * The receipt: Slack answered ok, and the message stands at `place`. To be called in the transaction that notes the message
 * as sent. Sent twice, after a crash, the first receipt counts and the newer place is kept.
 */
export async function noteNoticeAccepted(
  tx: Tx,
  noticeId: number,
  at: Date,
  place: { channel: string; ts: string },
): Promise<void> {
  await tx
    .update(notices)
    .set({ acceptedAt: sql`coalesce(${notices.acceptedAt}, ${at.toISOString()})`, ...place })
    .where(eq(notices.id, noticeId));
}

/** All that a notice is drawn from, as it is now. */
export type NoticeView = ContainerView & {
  notice: Notice;
  end: End;
  /** The earliest armed end of the container: another than `end` if that one does not come first any more. */
  earliest: End | undefined;
};

export async function noticeView(tx: Tx, noticeId: number): Promise<NoticeView | undefined> {
  const [row] = await tx
    .select({ notice: notices, end: ends })
    .from(notices)
    .innerJoin(ends, eq(ends.id, notices.endId))
    .where(eq(notices.id, noticeId));
  if (!row) return undefined;
  const [[view], [earliest]] = [
    await containerViews(tx, [row.end.containerId]),
    await armedEnds(tx, row.end.containerId),
  ];
  return view && { ...view, ...row, earliest };
}

/** Every container with an armed end, or one of them, with all that a decision about it needs; the earliest due first. */
export async function endings(tx: Tx, containerId?: number): Promise<EndingRows[]> {
  const one = containerId === undefined ? undefined : eq(ends.containerId, containerId);
  const armed = await tx
    .select({ end: ends, container: containers, timeZone: members.timeZone })
    .from(ends)
    .innerJoin(containers, eq(containers.id, ends.containerId))
    .innerJoin(members, eq(members.id, containers.memberId))
    .where(and(sql`${ends.state} = 'armed'`, one))
    .orderBy(asc(ends.at), asc(ends.id));
  if (armed.length === 0) return [];
  const lines = [...Map.groupBy(armed, ({ container }) => container.id).values()];
  const first = lines.map((line) => line[0]!.end.id);
  const told = await tx.select().from(notices).where(inArray(notices.endId, first)).orderBy(asc(notices.id));
  const open = and(isNull(exemptions.endedAt), eq(exemptions.spares, "end"));
  const spared = await tx.select().from(exemptions).where(open).orderBy(asc(exemptions.id));
  return lines.map((line) => {
    const { container, end, timeZone } = line[0]!;
    return {
      container,
      timeZone,
      ends: line.map((row) => row.end),
      told: told.filter((notice) => notice.endId === end.id),
      exemptions: spared.filter(
        (one) =>
          one.memberId === container.memberId &&
          (one.containerId === null || one.containerId === container.id),
      ),
    };
  });
}

/** Containers that are so, and wanted so, and have no armed end of that reason. */
export async function withoutEnd(
  tx: Tx,
  { state, reason }: { state: "running" | "stopped"; reason: EndReason },
  most: number,
): Promise<number[]> {
  const isArmed = sql`exists (select from ends where ends.container_id = ${containers.id}
    and ends.reason = ${reason} and ends.state = 'armed')`;
  const rows = await tx
    .select({ id: containers.id })
    .from(containers)
    .where(and(eq(containers.state, state), eq(containers.wanted, state), sql`not ${isArmed}`))
    .orderBy(asc(containers.id))
    .limit(most);
  return rows.map((row) => row.id);
}

export type EndingRows = {
  container: Container;
  /** Its owner's. */
  timeZone: string;
  ends: End[];
  told: Notice[];
  exemptions: Exemption[];
};
