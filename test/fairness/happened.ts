import type { Book } from "./chronicle.ts";

/** What happened in all runs, and how often: a law that was never put to the test holds too easily. */
export type Happened = Map<string, number>;

export function count(happened: Happened, what: string, n = 1): void {
  happened.set(what, (happened.get(what) ?? 0) + n);
}

/** What one run leaves in its ledger. */
export function countAll(happened: Happened, book: Book): void {
  const rows = <T>(of: Map<number | string, T>) => [...of.values()];
  for (const { what } of rows(book.events)) count(happened, what);
  for (const { state, cause } of rows(book.promises)) {
    count(happened, `promise ${state}`);
    if (cause) count(happened, `promise late: ${cause.split(":")[0]}`);
  }
  for (const { reason, state } of rows(book.ends)) count(happened, `${reason} ${state}`);
  for (const { chargedGpuHours } of rows(book.extensions))
    count(happened, chargedGpuHours > 0 ? "extension charged" : "extension free");
}

export function inWords(happened: Happened): string {
  return [...happened]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([what, n]) => `${what} ${n}`)
    .join(", ");
}
