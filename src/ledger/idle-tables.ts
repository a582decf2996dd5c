import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  serial,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import { containers } from "./schema.ts";

/** The ledger's tables of what containers used: minute by minute for a week, hour by hour for a quarter of a year; and of what came of it. */

export type Sign = "active" | "idle" | "unknown";

export type DeviceUse = {
  id: string;
  sign: Sign;
  /** The highest that was read; null: a slice, which tells none, or nothing was read. */
  usePercent: number | null;
  memoryMiB: number | null;
};

/** One minute of a container. Where there is none nobody looked. */
export const useMinutes = pgTable(
  "use_minutes",
  {
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    /** The container's run that it was. */
    run: integer("run").notNull(),
    /** Its beginning. */
    at: instant("at").notNull(),
    /** What the minute is, by all its signals together. */
    sign: text("sign").$type<Sign>().notNull(),
    devices: jsonb("devices").$type<readonly DeviceUse[]>().notNull(),
    /** CPU core-seconds, and bytes in and out: what was seen of them, if the reading is among the failed. */
    cpuSeconds: real("cpu_seconds").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    /** The most that was read of the container's own memory; null: nothing was. It is shown, and says nothing of idleness. */
    memoryMiB: integer("memory_mib"),
    /** Somebody typed on a terminal, or opened one. */
    hasInput: boolean("has_input").notNull(),
    failed: jsonb("failed").$type<readonly ("gpu" | "cpu" | "net")[]>().notNull(),
    /** The clock was set in it: what was written down before may have any age. */
    isSevered: boolean("is_severed").notNull(),
  },
  (t) => [primaryKey({ name: "use_minutes_once", columns: [t.containerId, t.at] })],
);
export type UseMinute = typeof useMinutes.$inferSelect;

/** What is kept of an hour's minutes when they go. */
export const useHours = pgTable(
  "use_hours",
  {
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    at: instant("at").notNull(),
    activeMinutes: integer("active_minutes").notNull(),
    idleMinutes: integer("idle_minutes").notNull(),
    unknownMinutes: integer("unknown_minutes").notNull(),
    /** Of the device that was used most; null: none told its use. */
    maxUsePercent: real("max_use_percent"),
    cpuSeconds: real("cpu_seconds").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
  },
  (t) => [primaryKey({ name: "use_hours_once", columns: [t.containerId, t.at] })],
);

/** A container that is free on demand: idle for its owner's `idle_timeout_h`, not kept, not exempt. */
export const idleMarks = pgTable(
  "idle_marks",
  {
    id: serial("id").primaryKey(),
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    run: integer("run").notNull(),
    /** Idle since then. */
    since: instant("since").notNull(),
    markedAt: instant("marked_at").notNull(),
    /** When it will be stopped, or would be where idleness is only observed. */
    endsAt: instant("ends_at").notNull(),
    /** Where idleness is only observed: when it would have been stopped. */
    observedAt: instant("observed_at"),
    /** Used again, kept, exempt, stopped: null while it is free on demand. */
    endedAt: instant("ended_at"),
    /** The rule and the numbers it was judged by. */
    evidence: jsonb("evidence").$type<Record<string, unknown>>().notNull(),
  },
  (t) => [uniqueIndex("idle_marks_one_open").on(t.containerId).where(sql`ended_at is null`)],
);
export type IdleMark = typeof idleMarks.$inferSelect;

/** Somebody said that their container is to stay: its GPU though it is idle, or its files though it is stopped for long. */
export const keeps = pgTable(
  "keeps",
  {
    id: serial("id").primaryKey(),
    requestId: text("request_id").notNull().unique("keeps_asked_once"),
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    run: integer("run").notNull(),
    what: text("what").$type<"gpu" | "files">().notNull(),
    at: instant("at").notNull(),
    /** `member:<id>` */
    actor: text("actor").notNull(),
  },
  (t) => [index("keeps_of_container").on(t.containerId, t.at)],
);
export type Keep = typeof keeps.$inferSelect;
