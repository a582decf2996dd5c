import { and, isNotNull, lt, or, sql } from "drizzle-orm";
import { outbox, seenKeys } from "../bot-tables.ts";
import { useHours, useMinutes } from "../idle-tables.ts";
import type { Tx } from "../ledger.ts";
import { forgetSolved } from "./problems.ts";

const hour = 3_600_000;
const day = 24 * hour;
const messagesKeptDays = 90;
const seenKeysKeptDays = 2;
const minutesKeptDays = 7;
const hoursKeptDays = 90;

/** Deletes what nobody needs any more: old receipts, seen keys, what was used minute by minute. History (`events`) stays for ever. */
export async function trim(tx: Tx, now: Date): Promise<void> {
  const messagesBefore = new Date(now.getTime() - messagesKeptDays * day);
  const done = or(isNotNull(outbox.sentAt), isNotNull(outbox.setAsideAt));
  await tx.delete(outbox).where(and(done, lt(outbox.createdAt, messagesBefore)));
  await tx.delete(seenKeys).where(lt(seenKeys.at, new Date(now.getTime() - seenKeysKeptDays * day)));
  await forgetSolved(tx, messagesBefore);
  await trimUse(tx, now);
}

/** Minutes become hours, which go in their turn. Whole hours only, so that none is counted twice. */
async function trimUse(tx: Tx, now: Date): Promise<void> {
  const before = new Date(Math.floor((now.getTime() - minutesKeptDays * day) / hour) * hour);
  const ofHour = (sign: string) => sql`count(*) filter (where ${useMinutes.sign} = ${sign})`;
  await tx.execute(sql`
    insert into ${useHours} (container_id, at, active_minutes, idle_minutes, unknown_minutes, max_use_percent, cpu_seconds, bytes)
    select container_id, date_trunc('hour', at, 'UTC'), ${ofHour("active")}, ${ofHour("idle")}, ${ofHour("unknown")},
      max((select max((one->>'usePercent')::real) from jsonb_array_elements(devices) one)), sum(cpu_seconds), sum(bytes)
    from ${useMinutes} where at < ${before} group by 1, 2 on conflict do nothing`);
  await tx.delete(useMinutes).where(lt(useMinutes.at, before));
  await tx.delete(useHours).where(lt(useHours.at, new Date(now.getTime() - hoursKeptDays * day)));
}
