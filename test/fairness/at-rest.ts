import type { Book } from "./chronicle.ts";
import { hindered, type Outside } from "./law.ts";

const minute = 60_000;

/** What must be so when a bot is there and has nothing more to do at this instant. */
export function restless(book: Book, outside: Outside, now: Date, isSlackAway: boolean): string[] {
  const rows = [...book.containers.values()];
  const waiting = rows.filter(({ state }) => state === "waiting");
  return [
    ...waiting.filter(({ waitsFor }) => !waitsFor).map(({ name }) => `${name} waits and nobody said why`),
    ...waiting
      .filter((row) => hindered(row, [], undefined, book, outside, now) === undefined)
      .map(({ name, waitsFor }) => `${name} waits in vain: ${waitsFor}`),
    ...[...book.promises.values()]
      .filter(({ state, cause, at }) => state === "open" && cause === null && at < now)
      .map(({ id }) => `promise ${id} is late and nobody said why`),
    ...rows
      .filter(({ state, wanted }) => state === "running" && wanted === "running")
      .filter(
        ({ id }) => ![...book.ends.values()].some((one) => one.containerId === id && one.state === "armed"),
      )
      .map(({ name }) => `${name} runs without an end`),
    ...overdue(book, outside, now, isSlackAway),
  ];
}

/** With Slack and a bot there for long enough, what has come to its end is stopped. */
function overdue(book: Book, { away }: Outside, now: Date, isSlackAway: boolean): string[] {
  const since = away.at(-1)?.until ?? new Date(0);
  if (isSlackAway || (away.at(-1)?.until === undefined && away.length > 0)) return [];
  const settled = since.getTime() + 45 * minute;
  return [...book.ends.values()]
    .filter(({ state, at, armedAt }) => {
      const due = Math.max(at.getTime(), armedAt.getTime()) + 25 * minute;
      return state === "armed" && due < now.getTime() && settled < now.getTime();
    })
    .map(({ id, containerId }) => `end ${id} of container ${containerId} is overdue`);
}
