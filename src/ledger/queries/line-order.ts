import { sql } from "drizzle-orm";
import { containers } from "../schema.ts";

/** The order of the line, for every statement that reads it (src/waitlist/order.ts says the same of rows). */
export const inLineOrder = [
  sql`${containers.firstSince} asc nulls last`,
  sql`${containers.standsAt} asc`,
  sql`${containers.id} asc`,
];
