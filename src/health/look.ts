import type { Reach } from "../ends/reach.ts";
import { EngineSilent, HostSilent } from "../errors.ts";
import { freePercent } from "../images/build/room.ts";
import { allDevices, allNodes } from "../ledger/queries/nodes.ts";
import { lateMessages, stuckStarts, unreachedSince, whatIsKnownOfUse } from "../ledger/queries/problems.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import type { World } from "../world.ts";
import { type Facts, problemsOf } from "./problems.ts";
import type { Look } from "./say.ts";

/** Somebody else's program may be gone by then. */
const stuckMinutes = 3;
const dayMinutes = 24 * 60;
/** Who could not be reached before that has left, or nothing was to be told to them since. */
const unreachedDays = 14;

/** What needs an admin, by the ledger and by what was read of the disks last. */
export async function lookForProblems(
  world: World,
  { activeSince, clockJumpedAt }: Reach,
  disks: ReadonlyMap<string, number>,
): Promise<Look> {
  const now = world.clock.now();
  const watchingSince = clockJumpedAt && clockJumpedAt > activeSince ? clockJumpedAt : activeSince;
  const read = await world.ledger.read(async (tx) => ({
    nodes: await allNodes(tx),
    devices: await allDevices(tx),
    containers: await whatIsKnownOfUse(tx),
    stuck: await stuckStarts(tx, minutesFrom(now, -stuckMinutes)),
    late: await lateMessages(tx, minutesFrom(now, -dayMinutes)),
    unreached: await unreachedSince(tx, minutesFrom(now, -unreachedDays * dayMinutes)),
  }));
  const facts: Facts = {
    ...read,
    now,
    watchingSince,
    clockJumpedAt,
    freePercent: disks,
    disk: world.policy.disk,
    hasBoard: world.settings.boardChannel !== undefined,
  };
  return problemsOf(facts);
}

/** Percent that are free where there is least, by node; one that does not answer is left out. */
export async function readDisks(world: World): Promise<ReadonlyMap<string, number>> {
  const read = await Promise.all(
    [...world.nodes.values()].map(async (node) => {
      try {
        return [[node.id, await freePercent(node)] as const];
      } catch (error) {
        if (error instanceof EngineSilent || error instanceof HostSilent) return [];
        throw error;
      }
    }),
  );
  return new Map(read.flat());
}
