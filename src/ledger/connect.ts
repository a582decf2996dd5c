import type pg from "pg";
import type { Log } from "../log.ts";
import type { Clock } from "../world.ts";
import { checkClock } from "./check-clock.ts";
import { LedgerUnreachable, NotActive, passingTrouble, withoutStatement } from "./errors.ts";
import type { OpenLedger, Tx } from "./ledger.ts";
import { openPool } from "./pool.ts";
import { type MayWrite, tryRead, tryTransaction, UncertainCommit } from "./transaction.ts";

export type LedgerOptions = {
  url: string;
  clock: Clock;
  log: Log;
  /** False lets tests run two writers at once. */
  checkEpoch?: boolean;
};

/** Pauses between the tries of a transaction: a command must be answered within 3 s, whatever the ledger does. */
const pausesMs = [50, 100, 200, 400, 800];
/** For tries that wait themselves, because nobody answers at all: none begins later than that. */
const lastTryAfterMs = 8000;

/**
 * The ledger at that URL, migrated before. Refuses, in a sentence, if its clock differs from ours by more than 5 s;
 * throws `LedgerUnreachable` if it does not answer. Later it may go and come back: each call says for itself.
 */
export async function openLedger({ url, clock, log, checkEpoch = true }: LedgerOptions): Promise<OpenLedger> {
  const pool = openPool(url, log);
  const standing: OpenLedger["standing"] = { epoch: undefined };
  const listeners = new Set<() => void>();

  try {
    await withRetry(clock, log, () => checkClock(pool, clock));
  } catch (error) {
    await pool.end();
    throw error;
  }

  return {
    async transaction(work, { isNews = true } = {}) {
      // Spares the queue for the lock when it would be in vain.
      if (checkEpoch && standing.epoch === undefined)
        throw new NotActive("this process is not the active bot");
      return await committed(
        work,
        (epoch) => !checkEpoch || (epoch !== undefined && epoch === standing.epoch),
        isNews,
      );
    },
    write: (work) => committed(work, () => true),
    read: (work) => withRetry(clock, log, () => withClient(pool, (client) => tryRead(client, work))),
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => pool.end(),
    connection: { url, clock, log },
    standing,
  };

  async function committed<T>(work: (tx: Tx) => Promise<T>, mayWrite: MayWrite, isNews = true): Promise<T> {
    let doubt: UncertainCommit<T> | undefined;
    const done = await withRetry(clock, log, async () => {
      if (doubt && (await wasCommitted(pool, doubt))) return doubt.done;
      doubt = undefined;
      try {
        return await withClient(pool, (client) => tryTransaction(client, work, mayWrite));
      } catch (error) {
        if (error instanceof UncertainCommit) doubt = error;
        throw error;
      }
    });
    if (done.changed && isNews) for (const listener of listeners) listener();
    return done.result;
  }
}

/** A connection for as long as `use` runs; it is closed if what `use` threw leaves doubt about its state. */
async function withClient<T>(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let usable = false;
  try {
    const result = await use(client);
    usable = true;
    return result;
  } catch (error) {
    usable = passingTrouble(error) === undefined && (await rolledBack(client));
    throw error;
  } finally {
    client.release(!usable);
  }
}

async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  return await client.query("rollback").then(
    () => true,
    () => false,
  );
}

/** Throws the doubt while Postgres has not yet noticed that the connection is gone. */
async function wasCommitted(pool: pg.Pool, doubt: UncertainCommit<unknown>): Promise<boolean> {
  const asked = "select pg_xact_status($1::text::xid8) as status";
  const found = await pool.query<{ status: string | null }>(asked, [doubt.xid]);
  const status = found.rows[0]?.status;
  if (status === "in progress") throw doubt;
  return status === "committed";
}

/**
 * Tries again what failed of a trouble that passes, for about 1.5 s in all, or 8 s where each try is long; then says
 * that the ledger is not reachable.
 */
async function withRetry<T>(clock: Clock, log: Log, work: () => Promise<T>): Promise<T> {
  const began = clock.monotonicMs();
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const trouble = passingTrouble(error);
      if (trouble === undefined) throw withoutStatement(error);
      const pauseMs = pausesMs[tries];
      if (pauseMs === undefined || clock.monotonicMs() - began > lastTryAfterMs)
        throw new LedgerUnreachable(trouble);
      log.warn({ because: trouble, tries: tries + 1 }, "the ledger did not take a transaction; trying again");
      await clock.sleep(pauseMs);
    }
  }
}
