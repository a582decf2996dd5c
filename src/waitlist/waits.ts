import type { Tx } from "../ledger/ledger.ts";
import {
  type ContainerView,
  containerViews,
  lineToServe,
  livingOfMember,
} from "../ledger/queries/containers.ts";
import { readSupply, type Supply } from "../ledger/queries/line.ts";
import { openPromise } from "../ledger/queries/promises.ts";
import type { Container } from "../ledger/schema.ts";
import { limitsOf } from "../policy/policy.ts";
import type { World } from "../world.ts";
import { type Helps, helps } from "./helps.ts";
import { nextGrants } from "./next.ts";
import { firstReasons, type InLine, lineNow } from "./shown.ts";

/** A request in the line, with all that its owner is told beside it. */
export type Wait = InLine &
  Helps & {
    /** Why others were put first, before this one. */
    firsts: readonly string[];
  };

/** Undefined: it does not wait, or no longer. */
export async function waitOf(tx: Tx, world: World, containerId: number): Promise<Wait | undefined> {
  const line = await lineNow(tx, world);
  const one = line.find(({ container }) => container.id === containerId);
  return one && (await withHelps(tx, world, line, [one]))[0];
}

/** What one member has in the line, in its order, and how many wait there in all. */
export async function waitsOf(
  tx: Tx,
  world: World,
  memberId: number,
): Promise<{ waits: Wait[]; inLine: number }> {
  const line = await lineNow(tx, world);
  const own = line.filter(({ container }) => container.memberId === memberId);
  return { waits: await withHelps(tx, world, line, own), inLine: line.length };
}

/** `own` are of one member. */
async function withHelps(tx: Tx, world: World, line: InLine[], own: InLine[]): Promise<Wait[]> {
  const memberId = own[0]?.container.memberId;
  if (memberId === undefined) return [];
  const [waiting, supply, promise, living] = await Promise.all([
    lineToServe(tx),
    readSupply(tx),
    openPromise(tx),
    livingViews(tx, memberId),
  ]);
  const now = world.clock.now();
  const limitsOfMember = (id: number) => {
    const { group = null, overrides = [] } = waiting.find(({ container }) => container.memberId === id) ?? {};
    return limitsOf(world.policy, { group }, overrides, now);
  };
  const servable = waiting
    .filter(({ container, made }) => container.awaitsBuildId === null && (made?.mayUse ?? true))
    .map(({ container, made }) => ({ ...container, nodeId: container.nodeId ?? made?.nodeId ?? null }));
  return own.map((one) => {
    const { id } = one.container;
    const upToIt = servable.slice(0, servable.findIndex((other) => other.id === id) + 1);
    const situation = {
      line: upToIt,
      supply,
      limits: limitsOfMember(memberId),
      promisedAt: promise?.containerId === id ? undefined : promise?.at,
      now,
      startsNow: (tried: readonly Container[], there: Supply) =>
        nextGrants(tried, there, limitsOfMember, new Map()).grants.some(
          ({ container }) => container.id === id,
        ),
    };
    return { ...one, firsts: firstReasons(line.slice(0, line.indexOf(one))), ...helps(situation, living) };
  });
}

async function livingViews(tx: Tx, memberId: number): Promise<ContainerView[]> {
  const living = await livingOfMember(tx, memberId);
  return containerViews(
    tx,
    living.filter(({ state }) => state !== "waiting").map(({ id }) => id),
  );
}
