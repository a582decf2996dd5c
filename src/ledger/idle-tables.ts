import { bigint, boolean, integer, jsonb, pgTable, primaryKey, real, text } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import { containers } from "./schema.ts";

/** The ledger's tables of what containers used: minute by minute for a week, hour by hour for a quarter of a year. */

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
