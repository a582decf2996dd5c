import type { Tx } from "../ledger/ledger.ts";
import type { RangeTold } from "../ledger/line-tables.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { insertRanges, rangesTold } from "../ledger/queries/ranges.ts";
import { lineToServe } from "../ledger/queries/waiting.ts";
import { firstReasons, type InLine, lineNow } from "../waitlist/shown.ts";
import type { World } from "../world.ts";
import type { Job } from "./runner.ts";

/** Slack takes some 40 edits a minute of the whole workspace: a line that moves up must not take them all. */
const mostCardsInRound = 15;

/**
 * Keeps what everybody in the line is told of when it will be their turn: a row and a new drawing of the card whenever the
 * rounded range is another than the last that was told. A card is drawn anew too where its reason or place is another than
 * when it was last drawn, from the head of the line, as many as a round may; whose turn it is not yet come in the next. Not
 * where grants are made: nobody's GPU waits for this reckoning. One for each life as the active bot: a new one knows of no
 * card, and draws them all.
 */
export function tellRanges(): Job {
  let drawn = new Map<number, string>();
  return {
    name: "tell ranges",
    everyMs: 60_000,
    async run(world) {
      const { line, told } = await world.ledger.read(seen(world));
      const now = world.clock.now();
      const reads = new Map(line.map((one, i) => [one.container.id, wordsOf(one, line.slice(0, i))]));
      const ranges = line.flatMap((one) => changedRange(one, told, now) ?? []);
      const others = line.flatMap(({ container: { id } }) => (drawn.get(id) === reads.get(id) ? [] : [id]));
      const cards = new Set([
        ...ranges.map(({ containerId }) => containerId),
        ...others.slice(0, mostCardsInRound),
      ]);
      if (cards.size > 0) await write(world, ranges, cards, now);
      drawn = new Map(
        [...reads].flatMap(([id, words]) => {
          const last = cards.has(id) ? words : drawn.get(id);
          return last === undefined ? [] : [[id, last] as const];
        }),
      );
    },
  };
}

function seen(world: World) {
  return async (tx: Tx) => ({ line: await lineNow(tx, world), told: await rangesTold(tx) });
}

/** What its owner reads on its card, but for the range and what could be done instead. */
function wordsOf({ container, place }: InLine, before: readonly InLine[]): string {
  const { waitsFor, firstBecause } = container;
  return JSON.stringify([waitsFor, place, firstBecause, firstReasons(before)]);
}

type NewRange = { containerId: number; run: number; earliest: Date; latest: Date | null; promised: boolean };

async function write(
  world: World,
  ranges: readonly NewRange[],
  cards: ReadonlySet<number>,
  now: Date,
): Promise<void> {
  await world.ledger.transaction(async (tx) => {
    const waiting = new Map((await lineToServe(tx, world.clock.now())).map((one) => [one.container.id, one]));
    const still = ranges.filter(({ containerId, run }) => waiting.get(containerId)?.container.run === run);
    await insertRanges(
      tx,
      still.map((row) => ({ ...row, toldAt: now })),
    );
    for (const containerId of cards) {
      const recipient = waiting.get(containerId)?.slackUserId;
      if (recipient) await tell(tx, recipient, { kind: "card", containerId }, now);
    }
  });
}

function changedRange(
  { container: { id, run }, range }: InLine,
  told: ReadonlyMap<number, RangeTold>,
  now: Date,
): NewRange | undefined {
  const last = told.get(id);
  if (!range) return undefined;
  const promised = range.promisedBy !== undefined;
  const isSame =
    last?.run === run &&
    last.promised === promised &&
    last.latest?.getTime() === range.latest?.getTime() &&
    // What begins with "now" begins later every quarter of an hour: that is no news.
    (last.earliest.getTime() === range.earliest.getTime() || range.earliest <= now);
  if (isSame) return undefined;
  return { containerId: id, run, earliest: range.earliest, latest: range.latest, promised };
}
