import { withInstants } from "../sentence.ts";

/** A sentence of another room on a terminal: its instants in the machine's own time, and nothing that a terminal obeys. */
export function onTerminal(sentence: string): string {
  return withInstants(sentence.replace(/\p{Cc}/gu, " "), local);
}

/** "Fri 27 Nov, 18:00" in the machine's own time zone. */
export function local(instant: Date): string {
  return shown.format(instant);
}

const shown = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
