import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, serial, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import { members } from "./member-table.ts";
import { containers } from "./schema.ts";

/** The ledger's tables of what members may have beyond their group's limits, and of what they ask admins for. */

/** One limit of one member set by an admin: override > group > defaults. In force while not ended and `until` is not past. */
export const overrides = pgTable(
  "overrides",
  {
    id: serial("id").primaryKey(),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    /** A key of the policy's limits. */
    key: text("key").notNull(),
    /** `{ to: null }` is unlimited. */
    value: jsonb("value").$type<{ to: number | boolean | null }>().notNull(),
    /** Null: until an admin takes it back. */
    until: instant("until"),
    reason: text("reason").notNull(),
    /** `member:<id>` or `cli`. */
    setBy: text("set_by").notNull(),
    setAt: instant("set_at").notNull(),
    /** Taken back, or replaced by a newer one. */
    endedAt: instant("ended_at"),
  },
  (t) => [uniqueIndex("overrides_one_of_a_limit").on(t.memberId, t.key).where(sql`ended_at is null`)],
);
export type Override = typeof overrides.$inferSelect;

/** A member, or one container of theirs, that is not ended for a reason, until a date. */
export const exemptions = pgTable(
  "exemptions",
  {
    id: serial("id").primaryKey(),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    /** Null: all of the member's. */
    containerId: integer("container_id").references(() => containers.id),
    /** The end it is spared. */
    spares: text("spares").$type<"idle" | "end">().notNull(),
    until: instant("until").notNull(),
    reason: text("reason").notNull(),
    setBy: text("set_by").notNull(),
    setAt: instant("set_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [index("exemptions_of_member").on(t.memberId).where(sql`ended_at is null`)],
);
export type Exemption = typeof exemptions.$inferSelect;

/** What a petition asks for. */
export type PetitionWish =
  /** More of one limit, until an instant. */
  | { kind: "limit"; key: string; to: number | null; until: string }
  /** More hours for a container than the extension budget has. */
  | { kind: "extension"; containerId: number; hours: number };

/** A member asks admins for more; whoever of them answers first decides. */
export const petitions = pgTable(
  "petitions",
  {
    id: serial("id").primaryKey(),
    requestId: text("request_id").notNull().unique("petitions_asked_once"),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    wish: jsonb("wish").$type<PetitionWish>().notNull(),
    reason: text("reason").notNull(),
    state: text("state").$type<"open" | "granted" | "declined">().notNull(),
    askedAt: instant("asked_at").notNull(),
    decidedBy: integer("decided_by").references(() => members.id),
    decidedAt: instant("decided_at"),
  },
  (t) => [index("petitions_open").on(t.memberId).where(sql`state = 'open'`)],
);
export type Petition = typeof petitions.$inferSelect;
