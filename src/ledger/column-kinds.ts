import { timestamp } from "drizzle-orm/pg-core";

/** An instant with its zone, to the millisecond: as exact as a `Date`, so that what is written is what is read. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date", precision: 3 });
