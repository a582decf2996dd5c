import pg from "pg";
import { passingTrouble, withoutStatement } from "./errors.ts";
import type { OpenLedger } from "./ledger.ts";
import { activeLock, ledgerLock, lockArguments } from "./locks.ts";

/** From becoming the active bot until that is lost or given back. */
export type Active = {
  readonly epoch: number;
  /** Aborts at the moment of the loss; nothing may be written or done to the engine any more. */
  readonly signal: AbortSignal;
  /** Resolves with the reason, in words for the log. Never rejects. */
  readonly lost: Promise<string>;
  /** Lets a standby have it at once. */
  release(): Promise<void>;
};

export type ActiveOptions = {
  /** Host name and pid, for the operator. */
  who: string;
  /** Ends the waiting. */
  signal?: AbortSignal;
  /** What to try when the server can't be reached: starts an embedded one again. */
  revive?: () => Promise<unknown>;
  /** Told once when another process is found to be active. */
  onStandby?: () => void;
};

const pauseBetweenTriesMs = 500;
const heartbeatMs = 5000;

/**
 * Waits, as the standby, until this process is the active bot, for as long as it takes; `undefined` only when `signal`
 * aborts. From then on `ledger.transaction` works, until the connection that holds the lock is lost. To get it back
 * call it again.
 */
export async function becomeActive(ledger: OpenLedger, options: ActiveOptions): Promise<Active | undefined> {
  const { clock, log } = ledger.connection;
  let saidStandby = false;
  while (!options.signal?.aborted) {
    const client = lockClient(ledger.connection.url);
    try {
      await client.connect();
      let got = await lockIsFree(client);
      if (!got && !saidStandby) options.onStandby?.();
      saidStandby ||= !got;
      while (!got && !options.signal?.aborted) got = await waitForLock(client);
      if (got) return watch(ledger, client, await raiseEpoch(ledger, client, options.who));
    } catch (error) {
      const because = passingTrouble(error);
      // Also an unexpected refusal must not end the waiting: the operator reads of it and mends it meanwhile.
      log.warn(
        because ? { because } : { err: withoutStatement(error) },
        "could not become the active bot; trying again",
      );
      if (because)
        await options
          .revive?.()
          .catch((err: unknown) => log.error({ err }, "the ledger's Postgres can't be started"));
    }
    hangUp(client);
    await clock.sleep(pauseBetweenTriesMs, options.signal);
  }
  return undefined;
}

/** The lock lives as long as this connection; keepalive lets the server notice within 30 s that our machine is gone. */
function lockClient(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: "berth (active)",
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    lock_timeout: 5000,
    query_timeout: 10_000,
    options: "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
  });
  client.on("error", () => {});
  return client;
}

async function lockIsFree(client: pg.Client): Promise<boolean> {
  const tried = await client.query<{ got: boolean }>(
    `select pg_try_advisory_lock(${lockArguments(activeLock)}) as got`,
  );
  return tried.rows[0]?.got === true;
}

/** Up to 5 s at a time. A standby that waits so is the active bot some milliseconds after the other one has gone. */
async function waitForLock(client: pg.Client): Promise<boolean> {
  try {
    await client.query(`select pg_advisory_lock(${lockArguments(activeLock)})`);
    return true;
  } catch (error) {
    if (passingTrouble(error) === "55P03") return false;
    throw error;
  }
}

/**
 * Under the ledger's lock: whoever wrote before in the old epoch has committed, whoever gets the lock after us finds
 * the new one.
 */
async function raiseEpoch(ledger: OpenLedger, client: pg.Client, who: string): Promise<number> {
  await client.query(`begin; select pg_advisory_xact_lock(${lockArguments(ledgerLock)})`);
  const raised = await client.query<{ epoch: string }>(
    `insert into active_bot (epoch, since, who) values (1, $1, $2)
     on conflict (one) do update set epoch = active_bot.epoch + 1, since = excluded.since, who = excluded.who
     returning epoch`,
    [ledger.connection.clock.now(), who],
  );
  await client.query("commit");
  return Number(raised.rows[0]?.epoch);
}

function watch(ledger: OpenLedger, client: pg.Client, epoch: number): Active {
  const { clock, log } = ledger.connection;
  const { standing } = ledger;
  const over = new AbortController();
  const { promise: lost, resolve } = Promise.withResolvers<string>();
  const lose = (why: string) => {
    if (over.signal.aborted) return;
    if (standing.epoch === epoch) standing.epoch = undefined;
    over.abort();
    hangUp(client);
    resolve(why);
  };
  client.on("error", () => lose("the connection that holds the lock broke"));
  client.on("end", () => lose("the connection that holds the lock was closed"));
  standing.epoch = epoch;
  heartbeat().catch((err: unknown) => log.error({ err }, "the heartbeat of the active bot failed"));
  return {
    epoch,
    signal: over.signal,
    lost,
    async release() {
      if (standing.epoch === epoch) standing.epoch = undefined;
      await client.query(`select pg_advisory_unlock(${lockArguments(activeLock)})`).catch(() => {});
      lose("it was given back");
    },
  };

  /** A connection can be dead without a word; and a lock that another took over must not go unnoticed. */
  async function heartbeat(): Promise<void> {
    while (!over.signal.aborted) {
      await clock.sleep(heartbeatMs, over.signal);
      if (over.signal.aborted) return;
      try {
        const found = await client.query<{ epoch: string }>("select epoch from active_bot");
        if (Number(found.rows[0]?.epoch) !== epoch) lose("another process has become the active bot");
      } catch (error) {
        lose(
          `the ledger did not answer on the connection that holds the lock (${passingTrouble(error) ?? "refused"})`,
        );
      }
    }
  }
}

/** At once and without a farewell, which a dead connection would not take. */
function hangUp(client: pg.Client): void {
  void client.end().catch(() => {});
  client.connection?.stream.destroy();
}
