import { pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";

/** The ledger's tables of what admins are told: problems, and the note of every Monday. */

/** One row a problem, as it is now or was last: what was told of it, so that nothing is told twice. */
export const problems = pgTable("problems", {
  /** What it is about: `lost GPU-…`, `signals gpu1`. */
  key: text("key").primaryKey(),
  nodeId: text("node_id"),
  text: text("text").notNull(),
  detail: text("detail"),
  /** What will be said when it is solved. */
  whenSolved: text("when_solved").notNull(),
  openedAt: instant("opened_at").notNull(),
  /** When the admins last got a new message of it; an edited one notifies nobody. */
  saidAt: instant("said_at").notNull(),
  /** It was not seen any more since then: it may come back in the next minute. */
  unseenSince: instant("unseen_since"),
  /** The admins read that it is solved. */
  solvedAt: instant("solved_at"),
});
export type Problem = typeof problems.$inferSelect;

/** A week whose note was written: never twice, however often the bot starts on a Monday. */
export const mondayNotes = pgTable("monday_notes", {
  /** The Monday's nine o'clock, at which the week that it tells of is over. */
  monday: instant("monday").primaryKey(),
  writtenAt: instant("written_at").notNull(),
});
