import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfMember } from "../ledger/queries/containers.ts";
import type { Supply } from "../ledger/queries/line.ts";
import type { Container } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { type Helps, helps } from "./helps.ts";
import { nextGrants } from "./next.ts";
import { firstReasons, type InLine, lineNow } from "./shown.ts";
import { readLine } from "./situation.ts";

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
  const [{ situation: now }, living] = await Promise.all([readLine(tx, world), livingViews(tx, memberId)]);
  return own.map((one) => {
    const { id } = one.container;
    const situation = {
      line: now.line.slice(0, now.line.findIndex((other) => other.id === id) + 1),
      supply: now.supply,
      limits: now.limitsOfMember(memberId),
      promisedAt: now.promised?.containerId === id ? undefined : now.promised?.at,
      now: now.now,
      startsNow: (line: readonly Container[], supply: Supply) =>
        nextGrants({ ...now, line, supply }).grants.some(({ container }) => container.id === id),
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
