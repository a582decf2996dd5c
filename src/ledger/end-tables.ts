import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, real, serial, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import { members } from "./member-table.ts";
import { containers } from "./schema.ts";

/** The ledger's tables of ends: the instants at which containers will be stopped or removed, and what was told of them before. */

export type EndReason =
  /** Its hours are over. */
  | "end"
  | "idle"
  /** Granted while others wait, and nobody signed in. */
  | "no-show"
  | "admin"
  /** Stopped for long: its writable layer goes. */
  | "remove";

/** `armed`: will happen · `moved`: another row says when · `cancelled`: will not happen · `done`: has happened. */
export type EndState = "armed" | "moved" | "cancelled" | "done";

/** One end of one run of a container. A moved end is a new row, with notices of its own. */
export const ends = pgTable(
  "ends",
  {
    id: serial("id").primaryKey(),
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    /** The container's run that it ends. */
    run: integer("run").notNull(),
    reason: text("reason").$type<EndReason>().notNull(),
    at: instant("at").notNull(),
    state: text("state").$type<EndState>().notNull(),
    /** Why it will be ended, as a sentence for its owner. */
    because: text("because").notNull(),
    evidence: jsonb("evidence").$type<Record<string, unknown>>().notNull(),
    /** `berth` or `member:<id>`. */
    actor: text("actor").notNull(),
    armedAt: instant("armed_at").notNull(),
    /** Since when it is not armed any more. */
    closedAt: instant("closed_at"),
  },
  (t) => [
    uniqueIndex("ends_one_armed_of_a_reason").on(t.containerId, t.reason).where(sql`state = 'armed'`),
    index("ends_armed").on(t.at).where(sql`state = 'armed'`),
    index("ends_of_container").on(t.containerId, t.id),
  ],
);
export type End = typeof ends.$inferSelect;

/**
 * What was told before an end. The receipt is `acceptedAt`: Slack answered ok. A step may be told again (`attempt` 2, 3 …)
 * after Slack was away, because an answer to the first could not have arrived.
 */
export const notices = pgTable(
  "notices",
  {
    id: serial("id").primaryKey(),
    endId: integer("end_id")
      .notNull()
      .references(() => ends.id),
    step: text("step").$type<"first" | "last">().notNull(),
    attempt: integer("attempt").notNull(),
    writtenAt: instant("written_at").notNull(),
    acceptedAt: instant("accepted_at"),
    /** The Slack user or channel that is told; null: its owner, as all were before owners could be gone. */
    recipient: text("recipient"),
    /** Where it stands in Slack, so that its buttons can go when its moment is over. */
    channel: text("channel"),
    ts: text("ts"),
  },
  (t) => [unique("notices_once").on(t.endId, t.step, t.attempt)],
);
export type Notice = typeof notices.$inferSelect;

/** An end that its owner moved, and what that cost of the extension budget. */
export const extensions = pgTable(
  "extensions",
  {
    id: serial("id").primaryKey(),
    requestId: text("request_id").notNull().unique("extensions_asked_once"),
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    at: instant("at").notNull(),
    hours: real("hours").notNull(),
    /** GPU-equivalent-hours; 0 if nobody waited for these devices. */
    chargedGpuHours: real("charged_gpu_hours").notNull(),
    /** The new end. */
    endId: integer("end_id")
      .notNull()
      .references(() => ends.id),
    /** `member:<id>` of the owner, or of the admin who granted it beyond the budget. */
    actor: text("actor").notNull(),
  },
  (t) => [index("extensions_of_member").on(t.memberId, t.at)],
);
export type Extension = typeof extensions.$inferSelect;
