import { type GpuOverview, gpuOverviewIn } from "../gpu/overview.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type WaitingShown, waitingShown } from "../ledger/queries/waiting-shown.ts";
import type { World } from "../world.ts";
import { rangesNow } from "./line-now.ts";
import type { Range } from "./range.ts";

/** Somebody in the line, as people are shown it. */
export type InLine = WaitingShown & {
  /** 1 is next. Undefined: passed over for now, and not counted in others' places. */
  place: number | undefined;
  range: Range | undefined;
};

/** The whole line, those that are passed over in the place they keep. */
export async function lineNow(tx: Tx, world: World): Promise<InLine[]> {
  const waiting = await waitingShown(tx);
  return waiting.length === 0 ? [] : inPlaces(waiting, await rangesNow(tx, world));
}

/** Every device, who has it, and the whole line, of one moment; in one round trip where nobody waits, in two otherwise. */
export type Board = GpuOverview & { line: readonly InLine[] };

export async function boardOf(world: World): Promise<Board> {
  const [overview, line] = await world.ledger.read((tx) =>
    Promise.all([gpuOverviewIn(tx, world), lineNow(tx, world)]),
  );
  return { ...overview, line };
}

export function inPlaces(
  waiting: readonly WaitingShown[],
  ranges: ReadonlyMap<number, Range> = new Map(),
): InLine[] {
  let place = 0;
  return waiting.map((one) => ({
    ...one,
    place: one.container.passedOver ? undefined : ++place,
    range: ranges.get(one.container.id),
  }));
}

/** Why those stand first whom an admin put there: what everyone behind them reads. */
export function firstReasons(before: readonly InLine[]): string[] {
  return [...new Set(before.flatMap(({ container }) => container.firstBecause ?? []))];
}
