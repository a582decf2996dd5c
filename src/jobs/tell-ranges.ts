import type { Tx } from "../ledger/ledger.ts";
import { lineToServe } from "../ledger/queries/containers.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { insertRanges, rangesTold } from "../ledger/queries/ranges.ts";
import { rangesNow } from "../waitlist/line-now.ts";
import type { World } from "../world.ts";
import type { Job } from "./runner.ts";

/**
 * Keeps what everybody in the line is told of when it will be their turn: a row and a new drawing of the card whenever the
 * rounded range is another than the last that was told. Not where grants are made: nobody's GPU waits for this reckoning.
 */
export const tellRanges: Job = {
  name: "tell ranges",
  everyMs: 60_000,
  async run(world) {
    const changed = await world.ledger.read((tx) => changedRanges(tx, world));
    if (changed.length === 0) return;
    const now = world.clock.now();
    await world.ledger.transaction(async (tx) => {
      const waiting = new Map((await lineToServe(tx)).map((one) => [one.container.id, one]));
      const still = changed.filter(({ containerId, run }) => waiting.get(containerId)?.container.run === run);
      await insertRanges(
        tx,
        still.map((row) => ({ ...row, toldAt: now })),
      );
      for (const { containerId } of still)
        await tell(tx, waiting.get(containerId)?.slackUserId ?? "", { kind: "card", containerId }, now);
    });
  },
};

async function changedRanges(tx: Tx, world: World) {
  const [now, told, line] = [await rangesNow(tx, world), await rangesTold(tx), await lineToServe(tx)];
  return line.flatMap(({ container: { id, run } }) => {
    const range = now.get(id);
    const last = told.get(id);
    if (!range) return [];
    const promised = range.promisedBy !== undefined;
    const isSame =
      last?.run === run &&
      last.promised === promised &&
      last.latest?.getTime() === range.latest?.getTime() &&
      // What begins with "now" begins later every quarter of an hour: that is no news.
      (last.earliest.getTime() === range.earliest.getTime() || range.earliest <= world.clock.now());
    return isSame ? [] : [{ containerId: id, run, earliest: range.earliest, latest: range.latest, promised }];
  });
}
