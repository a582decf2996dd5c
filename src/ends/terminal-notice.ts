import type { End } from "../ledger/end-tables.ts";
import { withInstants } from "../sentence.ts";

/**
 * A notice as a terminal shows it, in two lines. Nobody knows in which time zone it is read: the instant is told in UTC and
 * as what is left. Nothing in it moves a cursor, whoever wrote the reason.
 */
export function terminalNotice(
  end: Pick<End, "at" | "reason" | "because">,
  { project, now }: { project: string; now: Date },
): string {
  const minutes = Math.max(1, Math.round((end.at.getTime() - now.getTime()) / 60_000));
  const left = minutes === 1 ? "1 minute" : `${minutes} minutes`;
  const toDo = whatToDo[end.reason] ?? "Save your work.";
  const lines = [
    `*** Berth: ${project} stops in ${left}, at ${inUtc(end.at)}. ${withInstants(end.because, inUtc)}`,
    `*** ${toDo} Files in /workspace stay.`,
  ];
  // A bell, and carriage returns: a terminal may be in raw mode.
  return `\r\n\x07${lines.map(printable).join("\r\n")}\r\n`;
}

const whatToDo: Partial<Record<End["reason"], string>> = {
  end: "Save your work, or extend it: the button is in Slack.",
  idle: "Use it, or press Keep in Slack, and it goes on.",
};

/** What stands in `~/.berth/ends-at`: one line, to be read by programs. */
export function endsAtLine({ at }: Pick<End, "at">): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}

function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").slice(0, 500);
}

/** "18:00 UTC" */
function inUtc(instant: Date): string {
  return `${instant.toISOString().slice(11, 16)} UTC`;
}
