import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Log } from "../log.ts";
import type { Clock } from "../world.ts";
import type * as schema from "./schema.ts";

/** What queries are given: an open transaction. Only the ledger room opens one. */
export type Tx = Pick<
  NodePgDatabase<typeof schema>,
  | "select"
  | "selectDistinct"
  | "selectDistinctOn"
  | "insert"
  | "update"
  | "delete"
  | "execute"
  | "$count"
  | "$with"
  | "with"
>;

/**
 * All three throw what `work` throws, after a rollback; `LedgerUnreachable` if Postgres still doesn't answer after some
 * tries (about 1.5 s); `LedgerFault`, without SQL in it, if Postgres refuses a statement (see `brokenConstraint`).
 */
export type Ledger = {
  /**
   * READ COMMITTED; takes the ledger's lock first and then checks that this process is the active bot (its epoch).
   * For everything that grants, ends, extends or judges limits. Nothing outside Postgres may happen inside.
   * Retried as a whole on a passing fault (so `work` must be repeatable), then throws `LedgerUnreachable`. What `work`
   * did is committed exactly once when this resolves, also if the connection broke in the middle of the commit.
   * Throws `NotActive` (a `LedgerUnreachable`) if another process is the bot.
   * `isNews: false`: what is written gives nobody anything to do, so it calls nobody back (see `onCommit`).
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: { isNews?: boolean }): Promise<T>;

  /** The same lock, without the epoch: for wishes that the command line writes while another process is the bot. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;

  /** A read, without the lock: the ledger as it was at one instant. Postgres refuses to write in it. */
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>;

  /**
   * Calls back after each commit of `transaction` and `write` of this process that changed a row; returns how to stop
   * it. A transaction that changed nothing calls nobody, so a loop that finds nothing to do doesn't wake itself.
   */
  onCommit(listener: () => void): () => void;
};

/** The ledger in the hands of whoever opened it. */
export type OpenLedger = Ledger & {
  /** Ends all connections, once what runs on them is done. */
  close(): Promise<void>;
  /** For the ledger room alone. */
  readonly connection: { readonly url: string; readonly clock: Clock; readonly log: Log };
  /** The epoch in which this process is the active bot; written by active.ts alone. */
  readonly standing: { epoch: number | undefined };
};
