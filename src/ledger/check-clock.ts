import type pg from "pg";
import type { Clock } from "../world.ts";

const toleratedMs = 5000;

/** Our clock is the only one in decisions. Throws a sentence if Postgres's differs from it by more than 5 s. */
export async function checkClock(pool: pg.Pool, clock: Clock): Promise<void> {
  const before = clock.now().getTime();
  const found = await pool.query<{ ms: string }>(
    "select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms",
  );
  const after = clock.now().getTime();
  const theirs = Number(found.rows[0]?.ms);
  // The answer was made at some moment between the two.
  const apartMs = theirs < before ? before - theirs : Math.max(0, theirs - after);
  if (apartMs > toleratedMs) {
    throw new Error(
      `The clock of the ledger's Postgres and the clock of this machine differ by ${Math.round(apartMs / 1000)} s; ` +
        "at most 5 s can be tolerated. Synchronize both (timedatectl set-ntp true), then start Berth again.",
    );
  }
}
