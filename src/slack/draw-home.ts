import { ownContainers } from "../containers/list.ts";
import { gpuOverviewIn } from "../gpu/overview.ts";
import { keysOf } from "../members/keys.ts";
import { limitsAndUse } from "../members/limits.ts";
import { lineNow } from "../waitlist/shown.ts";
import { callerOf } from "./caller.ts";
import { problemOf } from "./reply.ts";
import type { Room } from "./room.ts";
import type { KnownBlock } from "./views/blocks.ts";
import { home } from "./views/home.ts";

/** What somebody's Home shows now; for those who may not use the server, why. */
export async function drawHome(room: Room, slackUserId: string): Promise<KnownBlock[]> {
  const { world } = room;
  try {
    const { member } = await callerOf(
      room,
      { slackUserId, teamId: undefined, userTeamId: undefined },
      "anyone",
    );
    const [keys, containers, limits, [overview, line]] = await Promise.all([
      keysOf(world, member),
      ownContainers(world, member),
      limitsAndUse(world, member),
      world.ledger.read((tx) => Promise.all([gpuOverviewIn(tx, world), lineNow(tx, world)])),
    ]);
    return home({
      name: member.name,
      state: member.state,
      keys: keys.length,
      containers,
      limits,
      overview,
      line,
      now: world.clock.now(),
    });
  } catch (error) {
    const asked = { what: "home", by: slackUserId, prefix: room.settings.commandPrefix };
    return problemOf(world, error, asked).message.blocks;
  }
}
