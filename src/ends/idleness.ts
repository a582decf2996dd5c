import { type Judgement, judge, judgedMinutes } from "../idle/judge.ts";
import type { Minute } from "../idle/minute.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type MayBeIdle, mayBeIdle } from "../ledger/queries/idle.ts";
import { minutesSince } from "../ledger/queries/use.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { limitsOf } from "../policy/policy.ts";
import type { World } from "../world.ts";
import { type Looked, lookedOfLate } from "./looked.ts";
import { asOf, type Reach } from "./reach.ts";
import { unsettled } from "./settled.ts";
import type { Still } from "./still.ts";

/** What the bot knows of itself when it judges: since when it is there, and whether it looks. */
export type Watch = { reach: () => Reach; looked: Looked };

/** A container that runs, and what is thought of it now. */
export type Idleness = MayBeIdle & {
  judgement: Judgement;
  /** What it was judged by, the oldest first. */
  minutes: readonly Minute[];
  /** Its owner's. */
  idleTimeoutHours: number;
  idleCapHours: number;
};

/** The newest minute may be so old for a stop. A minute is written when it is over, with the sample after it. */
const freshMinutes = 2;

/** Judges every container that runs, or that one, by what the ledger has of it. */
export async function idlenessNow(
  tx: Tx,
  world: World,
  { reach, looked }: Watch,
  containerId?: number,
): Promise<Idleness[]> {
  const now = world.clock.now();
  const isSettled = unsettled(asOf(reach(), now), now) === undefined;
  const rows = await mayBeIdle(tx, containerId);
  return Promise.all(
    rows.map(async (row): Promise<Idleness> => {
      const { container, member, overrides, exemptions, keptAt } = row;
      const limits = limitsOf(world.policy, member, overrides, now);
      const idleTimeoutHours = limits.idle_timeout_h;
      const minutes = await minutesSince(tx, container, minutesFrom(now, -judgedMinutes(idleTimeoutHours)));
      const judgement = judge(minutes, {
        now,
        startedAt: container.runningAt ?? container.stateSince,
        idleTimeoutHours,
        keptAt,
        isExempt: exemptions.some(({ until }) => until > now),
        isSettled: isSettled && lookedOfLate(looked, container.nodeId, world.clock.monotonicMs()),
      });
      return { ...row, judgement, minutes, idleTimeoutHours, idleCapHours: limits.idle_cap_h };
    }),
  );
}

/** Whether what would end an idle container is still so: by what it used up to this moment, Keep and exemptions. */
export function stillIdle({ judgement, minutes }: Pick<Idleness, "judgement" | "minutes">, now: Date): Still {
  const { evidence, isReclaimable } = judgement;
  const newest = minutes.at(-1);
  const isFresh = newest !== undefined && minutesFrom(newest.at, 1 + freshMinutes) >= now;
  if (judgement.is === "unknown" || !isFresh) return { is: "unknown", evidence };
  return { is: isReclaimable ? "so" : "not-so", evidence };
}
