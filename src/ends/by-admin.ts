import { armEnd } from "../containers/armed-ends.ts";
import { wishEnd } from "../containers/wish.ts";
import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import type { World } from "../world.ts";

export type AdminEnd = {
  /** The admin in words: their name, or "an admin" for who typed it on the server. */
  by: string;
  /** `member:<id>` or `cli`. */
  actor: string;
  /** Why, in the admin's words. */
  reason: string;
  /** The instant, with both notices before it; `now`: at once, and the person is told then. */
  at: Date | "now";
  evidence?: Record<string, unknown>;
};

/**
 * An admin's end of a container, in the caller's transaction: with notices before it, or at once (`wished`; one that waits
 * leaves the line). Undefined, and nothing changed, for what is stopped or ends already, and for what only waits if it is
 * to be ended later.
 */
export async function endByAdmin(
  tx: Tx,
  world: Pick<World, "policy" | "clock">,
  { container, member }: Pick<ContainerView, "container" | "member">,
  { by, actor, reason, at, evidence = {} }: AdminEnd,
): Promise<End | "wished" | undefined> {
  const runs = container.state === "running" || container.state === "starting";
  if (container.wanted !== "running") return undefined;
  if (at === "now") {
    await wishEnd(tx, member, container, {
      wanted: "stopped",
      cause: "admin",
      actor,
      because: `${by} stopped it: ${reason}`,
      at: world.clock.now(),
      evidence: { ...evidence, rule: "an admin may stop at once", reason },
    });
    return "wished";
  }
  if (!runs) return undefined;
  const because = `${by} ends it: ${reason}`;
  return armEnd(tx, world, container, { reason: "admin", at, because, evidence, actor });
}
