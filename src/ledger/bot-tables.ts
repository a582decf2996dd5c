import { sql } from "drizzle-orm";
import { bigint, bigserial, boolean, index, integer, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import type { News } from "./news.ts";

/** The ledger's tables of the bot's own: what it has to say and what it heard already, and which of its processes may write. */

/** Messages to people that must arrive: in order per recipient, at least once. */
export const outbox = pgTable(
  "outbox",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    /** Slack user id or channel id. */
    recipient: text("recipient").notNull(),
    news: jsonb("news").$type<News>().notNull(),
    createdAt: instant("created_at").notNull(),
    attempts: integer("attempts").notNull().default(0),
    attemptedAt: instant("attempted_at"),
    /** The receipt: Slack answered ok. */
    sentAt: instant("sent_at"),
    channel: text("channel"),
    ts: text("ts"),
    /** Put aside after too many failures, so that it does not block its recipient. */
    setAsideAt: instant("set_aside_at"),
    error: text("error"),
  },
  (t) => [
    index("outbox_unsent").on(t.recipient, t.id).where(sql`sent_at is null and set_aside_at is null`),
    index("outbox_sent_at").on(t.sentAt).where(sql`sent_at is not null`),
    index("outbox_set_aside_at").on(t.setAsideAt).where(sql`set_aside_at is not null`),
  ],
);
export type OutboxRow = typeof outbox.$inferSelect;

/** Keys of Slack deliveries already acted on: a redelivered command or a double click finds its key here. */
export const seenKeys = pgTable("seen_keys", { key: text("key").primaryKey(), at: instant("at").notNull() });

/** One row: which bot process may write. Raised by whoever gets the session lock. */
export const activeBot = pgTable("active_bot", {
  one: boolean("one").primaryKey().default(true),
  epoch: bigint("epoch", { mode: "number" }).notNull(),
  since: instant("since").notNull(),
  /** Host name and pid, for the operator. */
  who: text("who").notNull(),
});

/** Where the board of a channel stands: one message each, edited for as long as it is there. */
export const boards = pgTable("boards", {
  channel: text("channel").primaryKey(),
  ts: text("ts").notNull(),
  postedAt: instant("posted_at").notNull(),
  editedAt: instant("edited_at").notNull(),
  /** What it shows, but for the hour: it is edited when that would be another. */
  shows: text("shows").notNull(),
});
export type BoardRow = typeof boards.$inferSelect;
