import type { Range } from "../../waitlist/range.ts";
import { at, bold, type Mrkdwn, mrkdwn, sentence } from "../mrkdwn.ts";

/** "Starts between 15:00 and 18:30.", "Starts by 18:00 at the latest: that is promised.", "Not before someone stops." */
export function rangeInWords(range: Range | undefined, now: Date): Mrkdwn | undefined {
  if (range === undefined) return undefined;
  const { earliest, latest, promisedBy, because } = range;
  if (promisedBy) return mrkdwn`${starts} by ${at(promisedBy)} at the latest: that is promised.`;
  if (latest === null) {
    if (because) return sentence(because);
    return earliest > now ? mrkdwn`${starts} not before ${at(earliest)}.` : undefined;
  }
  return earliest > now
    ? mrkdwn`${starts} between ${at(earliest)} and ${at(latest)}.`
    : mrkdwn`${starts} by ${at(latest)}, perhaps sooner.`;
}

const starts = bold(mrkdwn`Starts`);
