import { bigserial, index, integer, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";

/** History: what, to what, by whom, why. Never changed or deleted (a trigger refuses). */
export const events = pgTable(
  "events",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    at: instant("at").notNull(),
    /** Past tense, kebab-case: `asked`, `granted`, `running`, `stop-wished`, `stopped`, `device-lost` … */
    what: text("what").notNull(),
    memberId: integer("member_id"),
    containerId: integer("container_id"),
    deviceId: text("device_id"),
    imageId: integer("image_id"),
    nodeId: text("node_id"),
    /** `member:<id>` or `berth`. */
    actor: text("actor").notNull(),
    /** One plain sentence: what happened and why. */
    because: text("because").notNull(),
    /** The rule and the numbers the decision was made from. */
    evidence: jsonb("evidence").$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    index("events_of_container").on(t.containerId, t.id),
    index("events_of_device").on(t.deviceId, t.id),
    index("events_of_image").on(t.imageId, t.id),
  ],
);
export type Event = typeof events.$inferSelect;
