import { integer, pgTable, serial, text } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";

/** What made us ask Slack: its own event, a message that it would not take, the daily look, or a press of theirs. */
export type GoneKnownBy = "event" | "undelivered" | "daily-look" | "asked";

/** A person, known by Slack user id. `handle` and `uid` are given once, at enrolment, and never change or move to another. */
export const members = pgTable("members", {
  id: serial("id").primaryKey(),
  slackUserId: text("slack_user_id").notNull().unique("members_slack_user_known_once"),
  name: text("name").notNull(),
  timeZone: text("time_zone").notNull().default("UTC"),
  handle: text("handle").unique("members_handle_taken"),
  uid: integer("uid").unique("members_uid_taken"),
  group: text("group"),
  /** new: met, not asked yet · asking: waits for an admin · active · declined · gone: left Slack */
  state: text("state").$type<"new" | "asking" | "active" | "declined" | "gone">().notNull().default("new"),
  /** While Slack says that the account is deactivated: since when we know, by what, and what the member was before. */
  goneSince: instant("gone_since"),
  goneKnownBy: text("gone_known_by").$type<GoneKnownBy>(),
  stateBeforeGone: text("state_before_gone").$type<"new" | "asking" | "active" | "declined">(),
  welcomedAt: instant("welcomed_at"),
  createdAt: instant("created_at").notNull(),
});
