import { lastMonday } from "../instant.ts";
import type { Tx } from "../ledger/ledger.ts";
import { memberBySlackUser } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { rangeHitRate } from "../ledger/queries/ranges.ts";
import {
  hoursByGroup,
  idlenessIn,
  isMondayNoted,
  longestWaits,
  noteMonday,
  type Span,
  wasInUseBefore,
} from "../ledger/queries/week.ts";
import { adminRecipients, everyAdmin } from "../members/admins.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { when } from "../sentence.ts";
import type { World } from "../world.ts";
import { againMinutes, weekInWords } from "./week-words.ts";

const weekMinutes = 7 * 24 * 60;
const mostWaits = 3;
const atHour = 9;
/** A bot that was away until later writes none: minutes of use go after seven days, and what is left would be too little. */
const latestMinutes = 12 * 60;

/** What a week came to: a sentence, and its lines; instants in them as in sentence.ts. */
export type Week = { text: string; lines: string[] };

/** The seven days before `until`, or before now. */
export async function weekOf(tx: Tx, world: Pick<World, "policy" | "clock">, until?: Date): Promise<Week> {
  const end = until ?? world.clock.now();
  const span: Span = { from: minutesFrom(end, -weekMinutes), until: end };
  const lines = weekInWords({
    groups: await hoursByGroup(tx, span),
    ranges: await rangeHitRate(tx, span.from, end),
    waits: await longestWaits(tx, span, mostWaits),
    idleness: await idlenessIn(tx, span, againMinutes),
    mode: world.policy.idle_mode,
  });
  return { text: `The GPU server's week, ${when(span.from)} to ${when(end)}.`, lines };
}

/**
 * Monday's note to the admins, if it is due: nine o'clock where the first of them is, once for each week, whatever happens
 * to the bot meanwhile. What is read takes no lock.
 */
export async function writeMondayNote(world: World): Promise<void> {
  const now = world.clock.now();
  const due = await world.ledger.read(async (tx) => {
    const monday = lastMonday(now, atHour, await zoneOfAdmins(tx, world));
    if (minutesFrom(monday, latestMinutes) < now || (await isMondayNoted(tx, monday))) return undefined;
    if (!(await wasInUseBefore(tx, monday))) return undefined;
    return { monday, week: await weekOf(tx, world, monday) };
  });
  if (!due) return;
  const { monday, week } = due;
  await world.ledger.transaction(async (tx) => {
    if (await isMondayNoted(tx, monday)) return;
    await noteMonday(tx, monday, now);
    const news = { kind: "note" as const, text: week.text, detail: week.lines.join("\n") };
    for (const recipient of await adminRecipients(tx, world)) await tell(tx, recipient, news, now);
  });
}

/** As Slack tells it of the first admin who is known here; else this machine's. */
async function zoneOfAdmins(tx: Tx, world: World): Promise<string> {
  for (const slackUserId of await everyAdmin(tx, world)) {
    const member = await memberBySlackUser(tx, slackUserId);
    if (member) return member.timeZone;
  }
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
