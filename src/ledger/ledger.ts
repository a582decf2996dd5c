import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type * as schema from "./schema.ts";

/** What queries are given: a transaction, or for `read` a plain connection. Only the ledger room opens one. */
export type Tx = Pick<
  NodePgDatabase<typeof schema>,
  "select" | "selectDistinct" | "selectDistinctOn" | "insert" | "update" | "delete" | "execute" | "query" | "$count"
>;

export type Ledger = {
  /**
   * READ COMMITTED; takes the ledger's lock first and then checks that this process is the active bot (its epoch).
   * For everything that grants, ends, extends or judges limits. Nothing outside Postgres may happen inside.
   * Retried as a whole on a passing fault (so `work` must be repeatable), then throws `LedgerUnreachable`.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;

  /** The same lock, without the epoch: for wishes that the command line writes while another process is the bot. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;

  /** A read, without the lock. */
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>;

  /** Calls back after each commit of `transaction` and `write` of this process; returns how to stop it. */
  onCommit(listener: () => void): () => void;
};
