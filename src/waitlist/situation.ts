import type { GpuLinks } from "../host/host.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { PromiseRow } from "../ledger/line-tables.ts";
import { readHolders } from "../ledger/queries/holders.ts";
import { readSupply } from "../ledger/queries/line.ts";
import { lineToServe, type Waiting } from "../ledger/queries/waiting.ts";
import type { Container } from "../ledger/schema.ts";
import { type Limits, limitsOf } from "../policy/policy.ts";
import type { World } from "../world.ts";
import { mayBePromised, type Situation, type Waits } from "./next.ts";
import type { Promised } from "./promise.ts";

/** The line and what there is for it, as the ledger has it now. */
export type LineRead = {
  waiting: Waiting[];
  /** Those of them whose image hinders: they are passed over. */
  hindered: Waits[];
  open: PromiseRow | null;
  situation: Situation;
};

/**
 * Two statements in one round trip, with `holders` three; and another where a promise is open or due: who holds what matters
 * only to those who look ahead.
 */
export async function readLine(tx: Tx, world: World, { holders = false } = {}): Promise<LineRead> {
  const now = world.clock.now();
  const [waiting, supply, known] = await Promise.all([
    lineToServe(tx, now),
    readSupply(tx),
    holders ? readHolders(tx, now) : undefined,
  ]);
  const promiseAfterHours = world.policy.line.promise_after_h;
  const members = new Map(waiting.map((one) => [one.container.memberId, one]));
  const judged = new Map<number, Limits>();
  const limitsOfMember = (memberId: number): Limits => {
    const member = members.get(memberId);
    const limits =
      judged.get(memberId) ??
      limitsOf(world.policy, { group: member?.group ?? null }, member?.overrides ?? [], now);
    judged.set(memberId, limits);
    return limits;
  };
  const line = waiting
    .filter((one) => imageHinders(one) === undefined)
    .map((one) => withinHours(onItsNode(one), limitsOfMember(one.container.memberId)));
  const open = supply.promise;
  const looksAhead = open !== null || line.some((one) => mayBePromised(one, { promiseAfterHours, now }));
  return {
    waiting,
    hindered: waiting.flatMap((one) => {
      const because = imageHinders(one);
      return because === undefined ? [] : [{ container: one.container, because, isPassedOver: true }];
    }),
    open,
    situation: {
      line,
      supply,
      holders: known ?? (looksAhead ? await readHolders(tx, now) : []),
      promised: promisedTo(open, waiting, limitsOfMember),
      exempt: new Set(waiting.filter(({ isExempt }) => isExempt).map(({ container }) => container.id)),
      limitsOfMember,
      links: linksOf(world),
      promiseAfterHours,
      now,
    },
  };
}

/** Undefined: whom it was made to has left the line. */
function promisedTo(
  open: PromiseRow | null,
  waiting: readonly Waiting[],
  limitsOfMember: (memberId: number) => Limits,
): Promised | undefined {
  const container = waiting.find((one) => one.container.id === open?.containerId)?.container;
  if (!open || !container) return undefined;
  const { containerId, nodeId, deviceIds, at, cause } = open;
  const memoryGiB = container.limits?.memoryGiB ?? limitsOfMember(container.memberId).memory_gib;
  return { containerId, nodeId, deviceIds, memoryGiB, at, isLate: cause !== null };
}

/** Whoever is passed over for it keeps the place. */
function imageHinders({ container, made }: Waiting): string | undefined {
  if (container.awaitsBuildId !== null)
    return container.image.includes("/") ? "Its image is being built." : "Your image is being built.";
  return made && !made.mayUse ? "Its image is no longer shared with you." : undefined;
}

/** An image of a member is on the machine that built it. */
function onItsNode({ container, made }: Waiting): Container {
  return made && container.nodeId === null ? { ...container, nodeId: made.nodeId } : container;
}

/** Hours were lowered since it was asked for: it gets as many as it may have now, at its turn and in all that is foreseen. */
function withinHours(container: Container, { max_runtime_h: most }: Limits): Container {
  return container.hours > most ? { ...container, hours: most } : container;
}

/** Copied only where there are several machines: a large one has hundreds of thousands of pairs. */
function linksOf(world: World): GpuLinks {
  const known = [...world.nodes.values()].flatMap((node) => node.latest.links ?? []);
  return known.length === 1 ? (known[0] as GpuLinks) : new Map(known.flatMap((links) => [...links]));
}
