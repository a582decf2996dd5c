import { cancelEnd } from "../containers/armed-ends.ts";
import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { containerViews } from "../ledger/queries/container-views.ts";
import { armedEndsOf, endById } from "../ledger/queries/ends.ts";
import { openExemptions } from "../ledger/queries/exemptions.ts";
import { keepsOfRun } from "../ledger/queries/idle.ts";
import { minutesSince } from "../ledger/queries/use.ts";
import { waitersServedBy } from "../waitlist/line-now.ts";
import type { World } from "../world.ts";
import { type Presence, presence } from "./presence.ts";
import type { Still } from "./still.ts";

/**
 * Lets be what was to end because nobody came, once somebody has: it was used, kept, or is exempt from idleness. What nobody
 * waits for any more is only held (`stillNoShow`): others may come before its owner does. The first fault is thrown at the end.
 */
export async function letShowsBe(world: World): Promise<void> {
  const armed = await world.ledger.read((tx) => armedEndsOf(tx, "no-show"));
  const faults: unknown[] = [];
  for (const { id } of armed) {
    try {
      await world.ledger.transaction((tx) => letBeIfCome(tx, world, id));
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults[0];
}

async function letBeIfCome(tx: Tx, world: World, endId: number): Promise<void> {
  const end = await endById(tx, endId);
  if (end?.state !== "armed") return;
  const seen = await presenceNow(tx, world, end);
  if (seen?.is !== "came") return;
  const { because, evidence } = seen;
  await cancelEnd(tx, end, { at: world.clock.now(), because, evidence, actor: "berth" });
}

/** Whether it is still so that nobody came and that somebody waits. */
export async function stillNoShow(tx: Tx, world: World, end: End): Promise<Still> {
  const seen = await presenceNow(tx, world, end);
  if (!seen || seen.is === "unknown") return { is: "unknown", evidence: seen?.evidence ?? {} };
  const [view] = await containerViews(tx, [end.containerId]);
  const someoneWaits = view !== undefined && (await waitersServedBy(tx, world, view.devices));
  const evidence = { ...seen.evidence, someoneWaits };
  return { is: seen.is === "absent" && someoneWaits ? "so" : "not-so", evidence };
}

async function presenceNow(tx: Tx, world: World, { containerId }: End): Promise<Presence | undefined> {
  const [view] = await containerViews(tx, [containerId]);
  const runningAt = view?.container.runningAt;
  if (!view || !runningAt) return undefined;
  const { container, member } = view;
  const now = world.clock.now();
  const exemptions = await openExemptions(tx, member.id);
  return presence({
    now,
    runningAt,
    minutes: await minutesSince(tx, container, runningAt),
    isKept: (await keepsOfRun(tx, container, "gpu")).length > 0,
    isExempt: exemptions.some(
      ({ spares, until, containerId: only }) =>
        spares === "idle" && until > now && (only === null || only === container.id),
    ),
  });
}
