import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { NotActive } from "./errors.ts";
import type { Tx } from "./ledger.ts";
import { ledgerLock, lockArguments } from "./locks.ts";

export type Done<T> = { result: T; changed: boolean };

/** The connection broke in the middle of the commit: only the ledger knows whether it was done. */
export class UncertainCommit<T> extends Error {
  override readonly name = "UncertainCommit";
  /** SQLSTATE "transaction resolution unknown". */
  readonly code = "08007";
  readonly xid: string;
  readonly done: Done<T>;

  constructor(xid: string, done: Done<T>) {
    super("The commit of a transaction got no answer.");
    this.xid = xid;
    this.done = done;
  }
}

/** Whether we may write, now, in a ledger that is in that epoch. */
export type MayWrite = (ledgerEpoch: number | undefined) => boolean;

/** One round trip. The lock is a statement of its own, so what follows sees what was committed before we got it. */
const beginLocked = [
  "begin isolation level read committed",
  `select pg_advisory_xact_lock(${lockArguments(ledgerLock)})`,
  "select (select epoch from active_bot) as epoch, pg_current_xact_id()::text as xid",
].join("; ");

/** Runs `work` under the ledger's lock. If it throws, the transaction is still to be rolled back. */
export async function tryTransaction<T>(
  client: pg.ClientBase,
  work: (tx: Tx) => Promise<T>,
  mayWrite: MayWrite,
): Promise<Done<T>> {
  const { epoch, xid } = await begin(client);
  if (!mayWrite(epoch)) throw new NotActive(`the ledger is in epoch ${epoch}`);
  const done = await withTx(client, work);
  if (!mayWrite(epoch)) throw new NotActive("the lock of the active bot was lost");
  try {
    await commit(client);
  } catch (error) {
    // An ERROR is an answer: not committed. Anything else (FATAL, a broken connection, a limit) leaves it open.
    if (error instanceof NotCommitted || severity(error) === "ERROR") throw error;
    throw new UncertainCommit(xid, done);
  }
  return done;
}

/** Runs `work` on one unchanging view of the ledger. */
export async function tryRead<T>(client: pg.ClientBase, work: (tx: Tx) => Promise<T>): Promise<T> {
  // Not waited for: the first query goes out behind it.
  const begun = client.query("begin isolation level repeatable read read only");
  const [{ result }] = await Promise.all([withTx(client, work), begun]);
  // Nor this: a read has nothing to lose by it, and whoever has the connection next stands behind it.
  client.query("commit").catch(() => undefined);
  return result;
}

async function begin(client: pg.ClientBase): Promise<{ epoch: number | undefined; xid: string }> {
  const results = (await client.query(beginLocked)) as unknown as pg.QueryResult<{
    epoch: string | null;
    xid: string;
  }>[];
  const row = results.at(-1)?.rows[0];
  if (!row) throw new Error("The ledger did not say its epoch.");
  return { epoch: row.epoch === null ? undefined : Number(row.epoch), xid: row.xid };
}

async function commit(client: pg.ClientBase): Promise<void> {
  const { command } = await client.query("commit");
  // Postgres answers the commit of a broken transaction with a rollback and no error.
  if (command !== "COMMIT") throw new NotCommitted();
}

class NotCommitted extends Error {
  constructor() {
    super("A statement failed in the transaction and was ignored: nothing was written.");
  }
}

function severity(error: unknown): unknown {
  return error instanceof Error && "severity" in error ? error.severity : undefined;
}

const changing = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

const names = new Map<string, string>();
/** Lists of different lengths make ever new texts. */
const mostNames = 300;

/** By its name each connection parses and plans a statement once, not at every call: a third of a grant's time. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= mostNames) return known;
  const name = `berth ${names.size}`;
  names.set(text, name);
  return name;
}

/** A query that nobody waited for must not slip into the next transaction of its connection: it fails instead. */
async function withTx<T>(client: pg.ClientBase, work: (tx: Tx) => Promise<T>): Promise<Done<T>> {
  let open = true;
  let changed = false;
  const whileOpen = {
    async query(config: pg.QueryConfig, values: unknown[]) {
      if (!open) throw new Error("The transaction is over. Was a query inside it not awaited?");
      const answer = await client.query({ ...config, name: nameOf(config.text) }, values);
      if (changing.has(answer.command) && answer.rowCount) changed = true;
      return answer;
    },
  };
  try {
    const tx: Tx = drizzle(whileOpen as unknown as pg.Client);
    return { result: await work(tx), changed };
  } finally {
    open = false;
  }
}
