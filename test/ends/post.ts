import { and, eq, isNull, sql } from "drizzle-orm";
import type { SlackReach } from "../../src/ends/reach.ts";
import type { Job } from "../../src/jobs/runner.ts";
import { outbox } from "../../src/ledger/bot-tables.ts";
import { noteNoticeAccepted } from "../../src/ledger/queries/ends.ts";
import { noteReceipt } from "../../src/ledger/queries/outbox.ts";
import { gapLog } from "../../src/slack/gaps.ts";
import type { Clock, World } from "../../src/world.ts";

/**
 * Slack as far as an end is concerned: it takes every notice that waits, at once, unless it is away. What goes over the
 * wire is tested by itself (test/slack).
 */
export type Post = {
  job: Job;
  reach(): SlackReach;
  away(isAway: boolean): void;
};

export function post(clock: Clock): Post {
  const gaps = gapLog(clock);
  gaps.back();
  let isAway = false;
  let ring = () => {};
  return {
    reach: gaps.reach,
    away(is) {
      isAway = is;
      if (is) gaps.lost();
      else gaps.back();
      ring();
    },
    job: {
      name: "post",
      everyMs: 5_000,
      onCommit: true,
      wakeBy(wake) {
        ring = wake;
      },
      async run(world) {
        if (!isAway) await deliver(world);
      },
    },
  };
}

/** What the outbox does with notices: sent, and both receipts in one transaction. */
export async function deliver(world: World): Promise<void> {
  const waiting = and(isNull(outbox.sentAt), sql`${outbox.news}->>'kind' = 'notice'`);
  const rows = await world.ledger.read((tx) => tx.select().from(outbox).where(waiting).orderBy(outbox.id));
  for (const { id, news } of rows) {
    if (news.kind !== "notice") continue;
    await world.ledger.transaction(async (tx) => {
      const [still] = await tx
        .select()
        .from(outbox)
        .where(and(eq(outbox.id, id), isNull(outbox.sentAt)));
      if (!still) return;
      const [at, place] = [world.clock.now(), { channel: "D1", ts: `${id}.1` }];
      await noteReceipt(tx, id, at, place);
      await noteNoticeAccepted(tx, news.noticeId, at, place);
    });
  }
}
