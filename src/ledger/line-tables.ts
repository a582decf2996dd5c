import { sql } from "drizzle-orm";
import { boolean, index, integer, jsonb, pgTable, serial, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import { containers, nodes } from "./schema.ts";

/** The ledger's tables of what people in the line were told, and of when nothing is granted. */

/** The one promise: by `at` at the latest these devices are the request's. `at` may become earlier, never later. */
export const promises = pgTable(
  "promises",
  {
    id: serial("id").primaryKey(),
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    nodeId: text("node_id")
      .notNull()
      .references(() => nodes.id),
    deviceIds: jsonb("device_ids").$type<string[]>().notNull(),
    at: instant("at").notNull(),
    madeAt: instant("made_at").notNull(),
    /** `missed`: for one of the causes that the rule allows, which `cause` names; the person was told. */
    state: text("state").$type<"open" | "kept" | "missed" | "withdrawn">().notNull(),
    cause: text("cause"),
    closedAt: instant("closed_at"),
  },
  (t) => [
    uniqueIndex("promises_one_open").on(t.state).where(sql`state = 'open'`),
    index("promises_of_container").on(t.containerId),
  ],
);
export type PromiseRow = typeof promises.$inferSelect;

/** A range that was told to somebody who waits: for the share of them that held. */
export const ranges = pgTable(
  "ranges",
  {
    id: serial("id").primaryKey(),
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    run: integer("run").notNull(),
    toldAt: instant("told_at").notNull(),
    earliest: instant("earliest").notNull(),
    /** Null: more than two days, or not before somebody stops. */
    latest: instant("latest"),
    /** Told as a promise. */
    promised: boolean("promised").notNull(),
    /** When it was granted after all; null: not yet, or it left the line. */
    grantedAt: instant("granted_at"),
  },
  (t) => [index("ranges_open").on(t.containerId).where(sql`granted_at is null`)],
);
export type RangeTold = typeof ranges.$inferSelect;

/** A node, or one GPU of it, that is given no new work, and from an instant on no work at all. */
export const drains = pgTable(
  "drains",
  {
    id: serial("id").primaryKey(),
    nodeId: text("node_id")
      .notNull()
      .references(() => nodes.id),
    /** Null: the whole node. */
    gpuUuid: text("gpu_uuid"),
    /** What runs there then gets an `admin` end at that instant; null: it goes on to its own end. */
    endsAt: instant("ends_at"),
    reason: text("reason").notNull(),
    /** `member:<id>` or `cli`. */
    setBy: text("set_by").notNull(),
    setAt: instant("set_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    uniqueIndex("drains_one_of_a_gpu").on(t.nodeId, sql`coalesce(gpu_uuid, '')`).where(sql`ended_at is null`),
  ],
);
export type Drain = typeof drains.$inferSelect;

/** While one is open nothing is granted anywhere; people may ask, and wait. */
export const pauses = pgTable(
  "pauses",
  {
    id: serial("id").primaryKey(),
    reason: text("reason").notNull(),
    setBy: text("set_by").notNull(),
    setAt: instant("set_at").notNull(),
    endedAt: instant("ended_at"),
  },
  () => [uniqueIndex("pauses_one_at_a_time").on(sql`(ended_at is null)`).where(sql`ended_at is null`)],
);
export type Pause = typeof pauses.$inferSelect;
