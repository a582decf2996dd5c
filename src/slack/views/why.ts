import type { Event } from "../../ledger/event-table.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { context, divider, type KnownBlock, type Message, section } from "./blocks.ts";

const older = 6;

/** Why a container is as it is: the newest event with the rule and numbers it was made from, then what led to it. */
export function whyMessage(events: readonly Event[]): Message {
  const [newest, ...before] = events;
  if (!newest) {
    const text = mrkdwn`Nothing is on record for it.`;
    return { text, blocks: [section(text)] };
  }
  const evidence = evidenceInWords(newest.evidence);
  return {
    text: sentence(newest.because),
    blocks: [
      section(
        mrkdwn`${at(newest.at)}, ${bold(plain(newest.what.replaceAll("-", " ")))}\n${sentence(newest.because)}`,
      ),
      ...(evidence === "" ? [] : [context(evidence)]),
      ...(before.length > 0 ? [divider(), section(bold(mrkdwn`Before that`))] : []),
      ...before
        .slice(0, older)
        .map((event): KnownBlock => context(mrkdwn`${at(event.at)}  ${sentence(event.because)}`)),
    ],
  };
}

/** `secondsSinceGrant: 2.3` is read "seconds since grant: 2.3". */
export function evidenceInWords(evidence: Record<string, unknown>): Mrkdwn {
  return joined(
    Object.entries(evidence).flatMap(([key, value]) => {
      if (value === null || value === undefined || key === "requestId") return [];
      const words = key.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
      return [mrkdwn`${plain(words)}: ${valueInWords(value)}`];
    }),
    "  ·  ",
  );
}

function valueInWords(value: unknown): Mrkdwn {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return at(new Date(value));
  // An engine's id, as the engine itself shows it: its beginning finds it as well.
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return plain(value.slice(0, 12));
  if (typeof value === "string") return plain(value.slice(0, 200));
  if (typeof value === "number") return plain(String(Math.round(value * 1000) / 1000));
  if (typeof value === "boolean") return value ? mrkdwn`yes` : mrkdwn`no`;
  if (Array.isArray(value)) return value.length === 0 ? mrkdwn`none` : joined(value.map(valueInWords), ", ");
  return code(JSON.stringify(value).slice(0, 300));
}
