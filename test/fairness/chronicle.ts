import { getTableColumns, getTableName, sql } from "drizzle-orm";
import { outbox } from "../../src/ledger/bot-tables.ts";
import { ends, extensions, notices } from "../../src/ledger/end-tables.ts";
import { events } from "../../src/ledger/event-table.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { exemptions, overrides } from "../../src/ledger/limit-tables.ts";
import { drains, pauses, promises } from "../../src/ledger/line-tables.ts";
import { members } from "../../src/ledger/member-table.ts";
import { containers, devices, leases, nodes, projects } from "../../src/ledger/schema.ts";

/** What the law is about. */
const watched = {
  members,
  projects,
  nodes,
  devices,
  containers,
  leases,
  promises,
  drains,
  pauses,
  overrides,
  exemptions,
  ends,
  notices,
  extensions,
  outbox,
  events,
};
type Watched = typeof watched;
type Table = keyof Watched;
type Rows = { [T in Table]: Watched[T]["$inferSelect"] };

/** The ledger as it was after some commit: rows by id. */
export type Book = { [T in Table]: Map<number | string, Rows[T]> };

/** What one commit changed: each row once, as it was before and as it is after. */
export type Commit = {
  xid: string;
  of<T extends Table>(table: T): { was: Rows[T] | undefined; is: Rows[T] }[];
  /** "containers 3: waitsFor", … */
  inWords(): string;
};

/**
 * What writes down every version of every row, in the ledger itself: so nothing between two looks is missed. Commits are
 * serial, because whoever writes has the ledger's lock; a transaction that is rolled back leaves nothing.
 */
export function chronicleTables(): string[] {
  return [
    `create table chronicle (
      seq bigserial primary key, xid text not null, of_table text not null, row jsonb not null)`,
    `create function write_down() returns trigger language plpgsql as $$ begin
        insert into chronicle (xid, of_table, row) values (pg_current_xact_id()::text, tg_table_name, to_jsonb(new));
        return null;
      end $$`,
    ...Object.values(watched).map(
      (table) => `create trigger written_down after insert or update on ${getTableName(table)}
        for each row execute function write_down()`,
    ),
  ];
}

/** Reads on from where it stopped and tells of each commit, with the ledger as it was right after it. */
export function reader(ledger: Ledger) {
  const book = Object.fromEntries(Object.keys(watched).map((name) => [name, new Map()])) as unknown as Book;
  const known = new Map<string, Table>(
    Object.entries(watched).map(([name, table]) => [getTableName(table), name as Table]),
  );
  let seen = 0;
  return {
    book,
    /** So many versions of rows. */
    seen: () => seen,
    async readOn(look: (commit: Commit, book: Book) => void): Promise<void> {
      const { rows } = await ledger.read((tx) =>
        tx.execute<{ seq: string; xid: string; of_table: string; row: Record<string, unknown> }>(
          sql`select * from chronicle where seq > ${seen} order by seq`,
        ),
      );
      for (const written of byCommit(rows)) {
        const before = new Map<string, { table: Table; was: unknown; id: number | string }>();
        for (const { seq, of_table, row } of written) {
          const table = known.get(of_table)!;
          const is = asRow(table, row);
          const key = `${table} ${is.id}`;
          if (!before.has(key)) before.set(key, { table, was: book[table].get(is.id), id: is.id });
          (book[table] as Map<number | string, unknown>).set(is.id, is);
          seen = Number(seq);
        }
        const changed = [...before.values()].map((one) => ({ ...one, is: book[one.table].get(one.id) }));
        const of = (table: Table) =>
          changed.filter((one) => one.table === table).map(({ was, is }) => ({ was, is }));
        const inWords = () =>
          changed
            .map(({ table, was, id, is }) => `${table} ${id}: ${differing(was, is).join(" ")}`)
            .join(", ");
        look({ xid: written[0]!.xid, of: of as Commit["of"], inWords }, book);
      }
    },
  };
}

function differing(was: unknown, is: unknown): string[] {
  const [before, after] = [was ?? {}, is ?? {}] as Record<string, unknown>[];
  return Object.keys(after!).filter(
    (key) => was && JSON.stringify(before![key]) !== JSON.stringify(after![key]),
  );
}

function byCommit<T extends { xid: string }>(rows: readonly T[]): T[][] {
  const commits: T[][] = [];
  for (const row of rows) {
    const last = commits.at(-1);
    if (last?.[0]?.xid === row.xid) last.push(row);
    else commits.push([row]);
  }
  return commits;
}

/** The row as drizzle would read it. */
function asRow(table: Table, row: Record<string, unknown>): { id: number | string } {
  const columns = Object.entries(getTableColumns(watched[table]));
  return Object.fromEntries(
    columns.map(([key, { name, dataType }]) => {
      const value = row[name] ?? null;
      return [key, dataType === "date" && value !== null ? new Date(String(value)) : value];
    }),
  ) as { id: number | string };
}
