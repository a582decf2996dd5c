import type { Tx } from "../ledger/ledger.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { Container } from "../ledger/schema.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { limitsOf } from "../policy/policy.ts";
import { waitersServedBy } from "../waitlist/line-now.ts";
import type { World } from "../world.ts";
import { armEnd } from "./armed-ends.ts";
import { noShowAt } from "./no-show-at.ts";

/** Who waited no longer is still at the keyboard. */
const stillThereMinutes = 1;

/**
 * Whoever waited was looking elsewhere when it was their turn, and others wait for the same: what has just started for them ends
 * in a while unless they come. In the transaction that makes it `running`, so that the message that it is ready says until when.
 */
export async function armNoShow(
  tx: Tx,
  world: World,
  { member, devices }: Pick<ContainerView, "member" | "devices">,
  container: Container,
): Promise<void> {
  const { policy, clock } = world;
  const { grantedAt, askedAt, runningAt, stateSince } = container;
  const now = clock.now();
  const isFirstStart = runningAt?.getTime() === stateSince.getTime();
  const hadToWait = grantedAt !== null && grantedAt > minutesFrom(askedAt, stillThereMinutes);
  if (policy.idle_mode !== "stop" || !isFirstStart || !hadToWait || devices.length === 0) return;
  if (!(await waitersServedBy(tx, world, devices))) return;
  const limits = limitsOf(policy, member, await openOverrides(tx, member.id), now);
  const { night, notices } = policy;
  const at = noShowAt({ now, minutes: limits.no_show_m, night, timeZone: member.timeZone, notices });
  await armEnd(tx, world, container, {
    reason: "no-show",
    at,
    because: "Nobody has used it since it started, and somebody waits for its GPU.",
    evidence: {
      rule: "a grant after a wait ends if nobody comes while somebody waits",
      noShowMinutes: limits.no_show_m,
      runningAt: now,
    },
    actor: "berth",
  });
}
